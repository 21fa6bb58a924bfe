//! A client without a retry: what is lost shows.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// No answer may take longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// With names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// A connection that is kept as long as the other side keeps it.
#[derive(Debug)]
pub(crate) struct Client {
    address: SocketAddr,
    connection: Option<BufReader<TcpStream>>,
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, connection: None }
    }

    /// Asks once. Any error on the way is the caller's.
    pub(crate) fn get(&mut self, path: &str, headers: &[&str]) -> std::io::Result<Answer> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => BufReader::new(TcpStream::connect(self.address)?),
        };
        connection.get_ref().set_read_timeout(Some(PATIENCE))?;
        let first = [format!("GET {path} HTTP/1.1"), format!("Host: {}", self.address)];
        let lines = [&first.each_ref().map(String::as_str), headers, &["", ""]].concat();
        let request = lines.join("\r\n");
        connection.get_mut().write_all(request.as_bytes())?;
        let answer = read(&mut connection)?;
        if answer.header("connection") != Some("close") {
            self.connection = Some(connection);
        }
        Ok(answer)
    }
}

/// Asks over a connection of its own.
pub(crate) fn get(address: SocketAddr, path: &str) -> std::io::Result<Answer> {
    get_with(address, path, &[])
}

/// The same with further header lines.
pub(crate) fn get_with(
    address: SocketAddr,
    path: &str,
    headers: &[&str],
) -> std::io::Result<Answer> {
    Client::new(address).get(path, &[&["Connection: close"], headers].concat())
}

fn read(connection: &mut BufReader<TcpStream>) -> std::io::Result<Answer> {
    let broken = |what: &str| std::io::Error::other(format!("the answer has {what}"));
    let mut line = || {
        let mut line = String::new();
        let read = connection.read_line(&mut line)?;
        if read == 0 { Err(broken("no end")) } else { Ok(line.trim_end().to_owned()) }
    };
    let status = line()?.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| broken("no status"))?;
    let mut headers = Vec::new();
    loop {
        let header = line()?;
        if header.is_empty() {
            break;
        }
        let (name, value) = header.split_once(':').ok_or_else(|| broken("a broken header"))?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut answer = Answer { status, headers, body: String::new() };
    let length = answer.header("content-length").map(str::parse);
    match length {
        Some(length) => {
            let mut body = vec![0; length.map_err(|_| broken("no length"))?];
            connection.read_exact(&mut body)?;
            answer.body = String::from_utf8_lossy(&body).into_owned();
        }
        None => connection.read_to_string(&mut answer.body).map(|_| ())?,
    }
    Ok(answer)
}
