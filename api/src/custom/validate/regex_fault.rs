//! What is wrong with a regular expression, in the words of Go.

/// The fault `why` of `pattern`, as Go tells it: what it is, and which part of the pattern.
pub(super) fn told(why: &str, pattern: &str) -> String {
    let after = |mark: &str| pattern.find(mark).map_or(pattern, |at| &pattern[at..]);
    let (what, part) = match why {
        _ if why.contains("unclosed group") => ("missing closing )", pattern),
        _ if why.contains("unopened group") => ("unexpected )", pattern),
        _ if why.contains("unclosed character class") => ("missing closing ]", after("[")),
        _ if why.contains("repetition operator missing") => {
            let at = pattern.find(['*', '+', '?']).unwrap_or_default();
            ("missing argument to repetition operator", pattern.get(at..=at).unwrap_or_default())
        }
        _ if why.contains("invalid repetition count range") => ("invalid repeat count", counted(pattern)),
        _ if why.contains("look-around") => {
            let starts = ["(?<=", "(?<!", "(?=", "(?!"];
            let found = starts.iter().find(|start| pattern.contains(**start)).copied().unwrap_or(pattern);
            ("invalid or unsupported Perl syntax", found.get(..3).unwrap_or(found))
        }
        _ if why.contains("backreferences") || why.contains("unrecognized escape sequence") => {
            ("invalid escape sequence", escape(pattern))
        }
        _ if why.contains("invalid character class range") => ("invalid character class range", range(pattern)),
        _ if why.contains("too large") => ("expression too large", pattern),
        other => (other, pattern),
    };
    format!("{what}: `{part}`")
}

/// The first count of repetitions that goes down.
fn counted(pattern: &str) -> &str {
    let mut counts = pattern.match_indices('{').filter_map(|(at, _)| {
        let end = pattern[at..].find('}')?;
        Some(&pattern[at..=at + end])
    });
    let falls = |count: &&str| {
        let (low, high) = count.trim_matches(['{', '}']).split_once(',').unwrap_or_default();
        low.parse::<u32>().ok() > high.parse::<u32>().ok() && !high.is_empty()
    };
    counts.clone().find(falls).or_else(|| counts.next_back()).unwrap_or(pattern)
}

/// The first escape that stands for nothing.
fn escape(pattern: &str) -> &str {
    let mut letters = pattern.char_indices();
    while let Some((at, letter)) = letters.next() {
        if letter == '\\'
            && let Some((end, next)) = letters.next()
            && next.is_ascii_alphanumeric()
            && !"abfnrtvdDsSwWbBAzpPxQECc".contains(next)
        {
            return &pattern[at..end + next.len_utf8()];
        }
    }
    pattern
}

/// The first range of a class that goes down.
fn range(pattern: &str) -> &str {
    let letters: Vec<(usize, char)> = pattern.char_indices().collect();
    let falls = letters.windows(3).find(|three| matches!(three, [(_, low), (_, '-'), (_, high)] if low > high));
    falls.and_then(|three| pattern.get(three[0].0..three[2].0 + three[2].1.len_utf8())).unwrap_or(pattern)
}
