//! Fenced blocks of Markdown, and the commands in them.

use selfsame_testing::package;

/// A page of the repository.
pub(crate) fn read(page: &str) -> String {
    let path = package().join(page);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("`{}`: {error}", path.display()))
}

/// A fenced block: its language and its text.
pub(crate) struct Block<'a> {
    pub(crate) language: &'a str,
    pub(crate) text: &'a str,
    /// The line before it.
    before: &'a str,
}

impl Block<'_> {
    /// Whether its commands are run here. Outputs that are marked come from the tests of the drift
    /// matrix.
    pub(crate) fn is_run(&self) -> bool {
        self.language == "console" && !self.before.starts_with("<!-- output: ")
    }
}

/// The fenced blocks of a page, in order.
pub(crate) fn blocks(markdown: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut rest = markdown;
    while let Some(start) = rest.find("```") {
        let before = rest[..start].lines().next_back().unwrap_or_default();
        let (language, body) = rest[start + 3..].split_once('\n').expect("a fence ends its line");
        let (text, after) = body.split_once("```\n").expect("a block ends");
        blocks.push(Block { language, text, before });
        rest = after;
    }
    blocks
}

/// The first block of a language that begins so.
pub(crate) fn block<'a>(blocks: &[Block<'a>], language: &str, begins: &str) -> &'a str {
    let found = blocks.iter().find(|b| b.language == language && b.text.starts_with(begins));
    found.unwrap_or_else(|| panic!("the page has no block {language} {begins:?}")).text
}

/// The commands of a console block, each with its output.
pub(crate) fn commands(text: &str) -> Vec<(&str, String)> {
    let mut commands: Vec<(&str, String)> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => commands.push((command, String::new())),
            (None, Some((_, output))) => {
                output.push_str(line);
                output.push('\n');
            }
            (None, None) => panic!("output without a command: {line:?}"),
        }
    }
    commands
}
