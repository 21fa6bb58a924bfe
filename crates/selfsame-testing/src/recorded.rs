//! Output of the command that pages show: the same for everybody.

/// The output as it is for everybody: without what differs from run to run. Times, ports, hexadecimal
/// digits and names of temporary directories are replaced, equal ones by equal ones.
pub fn normal(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(line).collect();
    let mut names = Names::default();
    lines.iter().map(|line| names.given(line) + "\n").collect()
}

/// A line without times, versions of other programs, and names of containers and temporary
/// directories.
fn line(line: &str) -> String {
    let word = |word: &str| {
        let bare = word.trim_end_matches([',', ';']);
        let after = &word[bare.len()..];
        if is_time(bare) {
            format!("2026-11-21T05:00:00Z{after}")
        } else if let Some((before, _)) = word.split_once("nginx/") {
            format!("{before}nginx`")
        } else if let Some((before, rest)) = word.split_once("selfsame-drift-") {
            // `selfsame-drift-PID-NUMBER-shop-api`, or a temporary directory.
            let name = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-');
            format!("{before}{name}")
        } else {
            word.to_owned()
        }
    };
    line.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn is_time(word: &str) -> bool {
    word.len() == 20
        && word.ends_with('Z')
        && word.bytes().all(|b| b.is_ascii_digit() || b"-:TZ".contains(&b))
}

/// Hexadecimal digits and ports, each replaced by others: the first by the first.
#[derive(Default)]
struct Names {
    digits: Vec<String>,
    ports: Vec<String>,
}

impl Names {
    fn given(&mut self, line: &str) -> String {
        let mut given = String::new();
        for word in line.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
            let end = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()).len();
            let (token, tail) = word.split_at(end);
            let is_hex = matches!(token.len(), 12 | 16 | 40 | 64)
                && token.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
            given += &if is_hex {
                self.digits(token)
            } else if given.ends_with("127.0.0.1:") {
                (8080 + place(&mut self.ports, token)).to_string()
            } else {
                token.to_owned()
            };
            given += tail;
        }
        given
    }

    fn digits(&mut self, token: &str) -> String {
        const DIGITS: &str =
            "1f0c2d3e4b5a69788796a5b4c3d2e1f09be1f1d5c2b14a4d8f2f0f6c51c8a9d3f2c4e1b5";
        let number = place(&mut self.digits, &token[..12]);
        let turned = number * 7 % DIGITS.len();
        DIGITS.chars().cycle().skip(turned).take(token.len()).collect()
    }
}

/// Where a name stands in a list, to which it is added if need be.
fn place(names: &mut Vec<String>, name: &str) -> usize {
    names.iter().position(|known| known == name).unwrap_or_else(|| {
        names.push(name.to_owned());
        names.len() - 1
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_run_to_run_is_replaced() {
        let one = "http://127.0.0.1:43521 at 0123456789ab (main), 0123456789ab0123 since \
                   2030-01-02T03:04:05Z, fedcba987654; http://127.0.0.1:43522 127.0.0.1:43521\n";
        let other = "http://127.0.0.1:1001 at aaaaaaaaaaaa (main), aaaaaaaaaaaa0000 since \
                     2031-11-12T13:14:15Z, bbbbbbbbbbbb; http://127.0.0.1:1002 127.0.0.1:1001\n";
        assert_eq!(normal(one), normal(other));
        assert_eq!(
            normal(one),
            "http://127.0.0.1:8080 at 1f0c2d3e4b5a (main), 1f0c2d3e4b5a6978 since \
             2026-11-21T05:00:00Z, e4b5a6978879; http://127.0.0.1:8081 127.0.0.1:8080\n"
        );
    }

    #[test]
    fn words_and_numbers_stay() {
        let text =
            "  2 artifact  DRIFT    `/srv/api` is older, 12 commits behind [commit-behind]\n";
        assert_eq!(normal(text), text);
    }
}
