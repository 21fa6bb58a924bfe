//! Servers on free ports that speak HTTP or do not. Each is gone when it is dropped.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// A request as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    /// With names in lower case.
    pub(crate) headers: Vec<(String, String)>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// A server that does with each connection what it is told, and records the requests.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Request>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Answers requests, but for the commit that nobody has made: of that, no process is.
    pub(crate) fn start(answer: impl Fn(&Request, &mut TcpStream) + Send + Sync + 'static) -> Self {
        Self::deaf(move |request, stream| {
            if request.target.contains("?commit=") {
                let _ = stream.write_all(self::answer("409 Conflict", &[], "").as_bytes());
            } else {
                answer(request, stream);
            }
        })
    }

    /// Answers requests, whatever they ask.
    pub(crate) fn deaf(answer: impl Fn(&Request, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let seen: Arc<Mutex<Vec<Request>>> = Arc::default();
        let record = Arc::clone(&seen);
        Self::listen(seen, move |mut stream| {
            let Some(request) = read(&stream) else { return };
            record.lock().expect("no test panicked with it").push(request.clone());
            answer(&request, &mut stream);
        })
    }

    /// Answers every request with a text.
    pub(crate) fn says(text: impl Into<Vec<u8>>) -> Self {
        let text = text.into();
        Self::start(move |_, stream| {
            let _ = stream.write_all(&text);
        })
    }

    /// Does something with connections that need not be HTTP.
    pub(crate) fn raw(talk: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        Self::listen(Arc::default(), talk)
    }

    /// The same on a listener of choice.
    pub(crate) fn raw_on(
        listener: TcpListener,
        talk: impl Fn(TcpStream) + Send + Sync + 'static,
    ) -> Self {
        Self::listen_on(listener, Arc::default(), talk)
    }

    fn listen(
        seen: Arc<Mutex<Vec<Request>>>,
        talk: impl Fn(TcpStream) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        Self::listen_on(listener, seen, talk)
    }

    fn listen_on(
        listener: TcpListener,
        seen: Arc<Mutex<Vec<Request>>>,
        talk: impl Fn(TcpStream) + Send + Sync + 'static,
    ) -> Self {
        let address = listener.local_addr().expect("it has an address");
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let talk = Arc::new(talk);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let _ = stream.set_read_timeout(Some(Duration::from_secs(60)));
                let talk = Arc::clone(&talk);
                std::thread::spawn(move || talk(stream));
            }
        });
        Self { address, seen, stop, thread: Some(thread) }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// The requests so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.seen.lock().expect("no test panicked with it").clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // It waits for a connection.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Reads one request of a connection.
pub(crate) fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        Some(line.trim_end().to_owned())
    };
    let first = line()?;
    let mut words = first.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let header = line()?;
        if header.is_empty() {
            return Some(Request { method, target, headers });
        }
        let (name, value) = header.split_once(':')?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
}

/// An answer with a body and further header lines.
pub(crate) fn answer(status: &str, headers: &[&str], body: &str) -> String {
    let length = format!("Content-Length: {}", body.len());
    let head = [&[&format!("HTTP/1.1 {status}"), "Connection: close", length.as_str()], headers];
    format!("{}\r\n\r\n{body}", head.concat().join("\r\n"))
}

/// An answer of JSON.
pub(crate) fn json(body: &str) -> String {
    answer("200 OK", &["Content-Type: application/json"], body)
}

/// Waits until the other side hangs up.
pub(crate) fn until_closed(stream: &mut TcpStream) {
    let _ = std::io::copy(&mut stream.take(1 << 20), &mut std::io::sink());
}
