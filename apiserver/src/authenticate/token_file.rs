//! Tokens from a file.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use kontiki_api::Text;
use kontiki_api::request::User;

use super::cache::{Fingerprint, fingerprint};
use super::users::{AUTHENTICATED, join};

/// Why a file of tokens cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TokenFileError {
    /// It cannot be read.
    #[error("the token file {} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line says too little, or cannot be told apart into columns.
    #[error("the token file is wrong: {}:{line}: {why}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong there.
        why: &'static str,
    },
}

/// Upstream's static token file: lines of token, user name, uid and, where there are some, groups in one column in quotes:
/// `31ada4fd,alice,42,"staff,admins"`. Read once; a changed file counts from the next start.
#[derive(Debug, Default)]
pub struct TokenFile(HashMap<Fingerprint, User>);

impl TokenFile {
    /// Reads the file at `path`. Of a token that is there twice the last line counts.
    ///
    /// # Errors
    /// Where it cannot be read, or a line says too little.
    pub fn read(path: &Path) -> Result<Self, TokenFileError> {
        let text = std::fs::read_to_string(path).map_err(|source| TokenFileError::Unreadable { path: path.into(), source })?;
        Self::parse(&text, path)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, TokenFileError> {
        let mut users = HashMap::new();
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let wrong = |why| TokenFileError::Line { path: path.into(), line: at + 1, why };
            let columns = columns(line).ok_or_else(|| wrong("a quote is not closed"))?;
            let [token, name, uid, rest @ ..] = columns.as_slice() else {
                return Err(wrong("a token, a user name and a uid are wanted"));
            };
            if token.is_empty() {
                return Err(wrong("the token is empty"));
            }
            let groups = rest.first().map(String::as_str).unwrap_or_default().split(',').map(str::trim);
            let mut groups: Vec<Text> = groups.filter(|group| !group.is_empty()).map(Text::from).collect();
            join(&mut groups, AUTHENTICATED);
            let user = User { name: name.as_str().into(), uid: uid.as_str().into(), groups, extra: Vec::new() };
            users.insert(fingerprint(token.as_bytes()), user);
        }
        Ok(Self(users))
    }

    /// The user of the token with the fingerprint `at`: how long it takes to compare hashes tells nothing of the tokens.
    pub(super) fn user(&self, at: &Fingerprint) -> Option<User> {
        self.0.get(at).cloned()
    }
}

/// The columns of one line; `None` where a quote is not closed. Two quotes within quotes are one.
fn columns(line: &str) -> Option<Vec<String>> {
    let (mut columns, mut column, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = line.trim().chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => column.extend(letters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => columns.push(std::mem::take(&mut column).trim().to_owned()),
            other => column.push(other),
        }
    }
    columns.push(column.trim().to_owned());
    (!quoted).then_some(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_user_uid_and_groups() {
        let text = "abc,alice,42,\"staff, admins\"\n\ndef, bob ,7\nghi,\"a \"\"b\"\"\",1\n";
        let file = TokenFile::parse(text, Path::new("t.csv")).unwrap();
        let alice = file.user(&fingerprint(b"abc")).unwrap();
        assert_eq!((&*alice.name, &*alice.uid), ("alice", "42"));
        assert_eq!(alice.groups, ["staff", "admins", "system:authenticated"].map(Text::from));
        assert_eq!(&*file.user(&fingerprint(b"def")).unwrap().name, "bob");
        assert_eq!(&*file.user(&fingerprint(b"ghi")).unwrap().name, "a \"b\"");
        assert_eq!(file.user(&fingerprint(b"nothing")), None);
        for (text, why) in [("a,b", "t.csv:1: a token"), ("a,b,c\n,b,c", "t.csv:2: the token is empty"), ("\"a,b", "not closed")]
        {
            let told = TokenFile::parse(text, Path::new("t.csv")).unwrap_err().to_string();
            assert!(told.contains(why), "{told}");
        }
    }
}
