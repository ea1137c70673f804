//! As much of Rust as the checks read: where comments, strings and test code are.
//!
//! Comes in: the text of a file. Goes out: the same lines with comments, strings or test code blanked, so that line
//! numbers hold. Not a parser: macros that build items out of sight are not seen through.

/// A file with what is not code blanked out.
#[derive(Debug, Clone)]
pub(crate) struct RustSource {
    /// Without comments; strings as they are.
    pub code: String,
    /// Without comments and the insides of strings.
    pub bare: String,
}

impl RustSource {
    /// Blanks comments and strings.
    pub fn parse(text: &str) -> Self {
        let mut lexer = Lexer { chars: text.chars().collect(), at: 0, code: vec![], bare: vec![] };
        while lexer.at < lexer.chars.len() {
            lexer.step();
        }
        Self { code: lexer.code.into_iter().collect(), bare: lexer.bare.into_iter().collect() }
    }

    /// Blanks every item under `#[cfg(test)]` too.
    #[must_use]
    pub fn without_tests(&self) -> Self {
        let mut code: Vec<char> = self.code.chars().collect();
        let mut bare: Vec<char> = self.bare.chars().collect();
        let marker: Vec<char> = "#[cfg(test)]".chars().collect();
        let mut at = 0;
        while at + marker.len() <= bare.len() {
            if bare[at..at + marker.len()] == marker[..] {
                let end = item_end(&bare, at + marker.len());
                blank(&mut code[at..end]);
                blank(&mut bare[at..end]);
                at = end;
            } else {
                at += 1;
            }
        }
        Self { code: code.into_iter().collect(), bare: bare.into_iter().collect() }
    }

    /// Names of the modules in other files that are compiled for tests only.
    pub fn test_modules(&self) -> Vec<String> {
        self.bare
            .split("#[cfg(test)]")
            .skip(1)
            .filter_map(|rest| {
                let rest = rest.trim_start().strip_prefix("mod ")?;
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_')?;
                rest[end..].starts_with(';').then(|| rest[..end].to_owned())
            })
            .collect()
    }
}

/// Lines (from 1) on which `pattern` stands as a word of its own.
pub(crate) fn lines_with(text: &str, pattern: &str) -> Vec<usize> {
    let found = |line: &str| {
        line.match_indices(pattern).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            let after = line[at + pattern.len()..].chars().next();
            let longer_before = joins(before) && joins(pattern.chars().next());
            let longer_after = joins(after) && joins(pattern.chars().next_back());
            !longer_before && !longer_after
        })
    };
    let numbered = text.lines().enumerate();
    numbered.filter(|(_, line)| found(line)).map(|(index, _)| index + 1).collect()
}

fn joins(character: Option<char>) -> bool {
    character.is_some_and(|c| c.is_alphanumeric() || c == '_')
}

fn blank(chars: &mut [char]) {
    for c in chars {
        if *c != '\n' {
            *c = ' ';
        }
    }
}

/// Where the item that begins at `from` ends: at its semicolon, or at the brace that closes it.
fn item_end(bare: &[char], from: usize) -> usize {
    let mut depth = 0_usize;
    for (offset, c) in bare[from..].iter().enumerate() {
        match c {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 && *c == '}' {
                    return from + offset + 1;
                }
            }
            ';' if depth == 0 => return from + offset + 1,
            _ => {}
        }
    }
    bare.len()
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
    code: Vec<char>,
    bare: Vec<char>,
}

impl Lexer {
    fn step(&mut self) {
        match (self.peek(0), self.peek(1)) {
            (Some('/'), Some('/')) => {
                while self.peek(0).is_some_and(|c| c != '\n') {
                    self.take(false, false);
                }
            }
            (Some('/'), Some('*')) => self.block_comment(),
            (Some('"'), _) => self.string(),
            (Some('r'), Some('"' | '#')) if !self.inside_a_word() => self.raw_string(),
            (Some('\''), _) => self.quote(),
            _ => self.take(true, true),
        }
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    /// `b`, `c` and `br` may stand before a string; any other letter makes the `r` part of a name.
    fn inside_a_word(&self) -> bool {
        let before = self.at.checked_sub(1).map(|at| self.chars[at]);
        joins(before) && !matches!(before, Some('b' | 'c'))
    }

    fn take(&mut self, in_code: bool, in_bare: bool) {
        let c = self.chars[self.at];
        let shown = |keep: bool| if keep || c == '\n' { c } else { ' ' };
        self.code.push(shown(in_code));
        self.bare.push(shown(in_bare));
        self.at += 1;
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.chars.len() {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => depth += 1,
                (Some('*'), Some('/')) => depth -= 1,
                _ => {
                    self.take(false, false);
                    continue;
                }
            }
            self.take(false, false);
            self.take(false, false);
            if depth == 0 {
                return;
            }
        }
    }

    fn string(&mut self) {
        self.take(true, true);
        while let Some(c) = self.peek(0) {
            if c == '"' {
                return self.take(true, true);
            }
            self.take(true, false);
            if c == '\\' && self.at < self.chars.len() {
                self.take(true, false);
            }
        }
    }

    fn raw_string(&mut self) {
        let hashes = self.chars[self.at + 1..].iter().take_while(|c| **c == '#').count();
        if self.peek(1 + hashes) != Some('"') {
            return self.take(true, true); // a raw identifier, r#type
        }
        for _ in 0..hashes + 2 {
            self.take(true, true);
        }
        while let Some(c) = self.peek(0) {
            let closes = c == '"' && (1..=hashes).all(|ahead| self.peek(ahead) == Some('#'));
            self.take(true, closes);
            if closes {
                for _ in 0..hashes {
                    self.take(true, true);
                }
                return;
            }
        }
    }

    /// A character literal is blanked like a string; a lifetime is code.
    fn quote(&mut self) {
        let literal = self.peek(1) == Some('\\') || self.peek(2) == Some('\'');
        self.take(true, true);
        if !literal {
            return;
        }
        if self.peek(0) == Some('\\') {
            self.take(true, false);
        }
        self.take(true, false);
        while let Some(c) = self.peek(0) {
            self.take(true, c == '\'');
            if c == '\'' {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_blanked_and_lines_kept() {
        let source = RustSource::parse("a // HashMap\n/* x /* y */ HashMap */ b\n");
        assert_eq!(source.code, "a           \n                        b\n");
    }

    #[test]
    fn strings_stay_in_code_and_leave_bare() {
        let source = RustSource::parse(r##"f("a \" // b", r#"{ " }"#, '{', 'x', &'a str) // c"##);
        assert!(source.code.contains(r#"// b""#));
        assert!(!source.bare.contains('{'));
        assert!(source.bare.contains("&'a str)"));
        assert!(!source.code.contains("// c"));
    }

    #[test]
    fn test_items_are_blanked_to_their_end() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests { fn b() { \"}\" } fn e() {} }\nfn c() {}\n#[cfg(test)]\nmod d;\n";
        let source = RustSource::parse(text);
        let without = source.without_tests();
        assert_eq!(source.test_modules(), ["d"]);
        assert!(without.code.contains("fn a") && without.code.contains("fn c"));
        for gone in ["fn b", "fn e", "mod d"] {
            assert!(!without.code.contains(gone), "{gone} is still there");
        }
        assert_eq!(without.code.lines().count(), text.lines().count());
    }

    #[test]
    fn a_pattern_is_found_as_a_word_only() {
        assert_eq!(lines_with("my_f64\nf64\nf64x\n(f64)", "f64"), [2, 4]);
        assert_eq!(lines_with("dbg!(x)\nxdbg!(x)", "dbg!"), [1]);
    }
}
