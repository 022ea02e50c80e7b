//! Lines in the making: where the pen stands, and how a text is put down and folded.

use super::scalar::{Style, escaped, is_printable};

/// A line that is longer is folded at its next blank.
const WIDTH: usize = 80;

/// What is written so far.
#[derive(Debug)]
pub(super) struct Lines {
    out: String,
    /// How many letters stand on the line.
    column: usize,
    /// Whether the last of them parts words.
    blank: bool,
    /// Whether the line has nothing but blanks and signs of nesting.
    pub fresh: bool,
}

impl Lines {
    pub const fn new() -> Self {
        Self { out: String::new(), column: 0, blank: true, fresh: true }
    }

    /// All of it, the last line ended.
    pub fn finish(mut self) -> String {
        self.go_to(0);
        self.out
    }

    /// Goes to column `indent`: on this line where it has room, else on the next.
    pub fn go_to(&mut self, indent: usize) {
        if !self.fresh || self.column > indent || (self.column == indent && !self.blank) {
            self.end();
        }
        while self.column < indent {
            self.put(' ');
        }
        (self.blank, self.fresh) = (true, true);
    }

    /// A sign that nests: others may follow on its line.
    pub fn nest(&mut self, sign: char) {
        self.part();
        self.put(sign);
        self.blank = false;
    }

    /// The sign behind a name.
    pub fn colon(&mut self) {
        self.put(':');
        (self.blank, self.fresh) = (false, false);
    }

    /// `word` as it is.
    pub fn word(&mut self, word: &str) {
        self.part();
        self.put_all(word);
        (self.blank, self.fresh) = (false, false);
    }

    /// `text` in `style`; where it goes on in a further line, that is at `indent`. Without one it stays on its line.
    pub fn text(&mut self, text: &str, style: Style, indent: Option<usize>) {
        if style == Style::Literal {
            return self.block(text, indent.unwrap_or_default());
        }
        let quote = match style {
            Style::Single => Some('\''),
            Style::Double => Some('"'),
            Style::Plain | Style::Literal => None,
        };
        self.part();
        quote.into_iter().for_each(|quote| self.put(quote));
        self.folded(text, style, indent);
        quote.into_iter().for_each(|quote| self.put(quote));
        (self.blank, self.fresh) = (false, false);
    }

    fn folded(&mut self, text: &str, style: Style, indent: Option<usize>) {
        let mut after_blank = false;
        let mut letters = text.char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            if letter != ' ' {
                self.letter(letter, style);
                after_blank = false;
                continue;
            }
            let next = letters.peek().map(|(_, next)| *next);
            let folds = at > 0 && next.is_some() && !after_blank && self.column > WIDTH;
            // Only between double quotes is there a sign for further blanks.
            match indent.filter(|_| folds && (style == Style::Double || next != Some(' '))) {
                None => self.put(' '),
                Some(indent) => {
                    self.go_to(indent);
                    if next == Some(' ') {
                        self.put('\\');
                    }
                }
            }
            after_blank = true;
        }
    }

    fn letter(&mut self, letter: char, style: Style) {
        match (style, letter) {
            (Style::Single, '\'') => self.put_all("''"),
            (Style::Double, '"' | '\\' | '\n') => self.put_all(&escaped(letter)),
            (Style::Double, _) if !is_printable(letter) => self.put_all(&escaped(letter)),
            _ => self.put(letter),
        }
    }

    fn block(&mut self, text: &str, indent: usize) {
        self.part();
        self.put('|');
        if text.starts_with([' ', '\n']) {
            self.put('2');
        }
        if text == "\n" || text.ends_with("\n\n") {
            self.put('+');
        } else if !text.ends_with('\n') {
            self.put('-');
        }
        self.end();
        (self.blank, self.fresh) = (true, true);
        for line in text.split_inclusive('\n') {
            let content = line.strip_suffix('\n').unwrap_or(line);
            if !content.is_empty() {
                self.go_to(indent);
                self.put_all(content);
                self.fresh = false;
            }
            if content.len() < line.len() {
                self.end();
                self.fresh = true;
            }
        }
    }

    fn part(&mut self) {
        if !self.blank {
            self.put(' ');
        }
    }

    fn put(&mut self, letter: char) {
        self.out.push(letter);
        self.column += 1;
    }

    fn put_all(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
    }

    fn end(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }
}
