//! Tokens to a tree, by CEL's precedence: `?:`, `||`, `&&`, comparison and `in`, `+ -`, `* / %`, unary, member.

use super::{
    DEPTH_MAX, Fault, NODES_MAX,
    token::{Token, What, tokens},
};
use alloc::{boxed::Box, string::String, vec::Vec};

/// A part of an expression, and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) at: usize,
    pub(super) tree: Tree,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tree {
    Bool(bool),
    Null,
    Number(i128),
    Text(String),
    List(Vec<Node>),
    Variable(String),
    Member(Box<Node>, String),
    /// Function with arguments, or method with its object first.
    Call {
        name: String,
        arguments: Vec<Node>,
        is_method: bool,
    },
    Unary(&'static str, Box<Node>),
    Binary(&'static str, Box<Node>, Box<Node>),
    If(Box<Node>, Box<Node>, Box<Node>),
}

/// Binary operators from the loosest level to the tightest.
const LEVELS: [&[&str]; 5] =
    [&["||"], &["&&"], &["==", "!=", "<=", ">=", "<", ">", "in"], &["+", "-"], &["*", "/", "%"]];

pub(super) fn parse(source: &str) -> Result<Node, Fault> {
    let tokens = tokens(source)?;
    let mut parser = Parser { tokens: &tokens, next: 0, end: source.len(), nodes: 0, depth: 0 };
    let node = parser.whole()?;
    match parser.peek() {
        None => Ok(node),
        Some(token) => Err(Fault::new(token.at, "the expression is over before this")),
    }
}

struct Parser<'t> {
    tokens: &'t [Token],
    next: usize,
    end: usize,
    nodes: u32,
    depth: u32,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.next)
    }

    fn at(&self) -> usize {
        self.peek().map_or(self.end, |token| token.at)
    }

    /// Takes the sign or word if it is next.
    fn take(&mut self, sign: &str) -> bool {
        let is_next = self.peek().is_some_and(|token| match &token.what {
            What::Sign(found) => *found == sign,
            What::Word(found) => found == sign,
            _ => false,
        });
        if is_next {
            self.next = self.next.saturating_add(1);
        }
        is_next
    }

    fn expect(&mut self, sign: &str) -> Result<(), Fault> {
        let at = self.at();
        if self.take(sign) {
            Ok(())
        } else {
            Err(Fault::new(at, alloc::format!("expected {sign}")))
        }
    }

    fn node(&mut self, at: usize, tree: Tree) -> Result<Node, Fault> {
        self.nodes = self.nodes.saturating_add(1);
        if self.nodes > NODES_MAX {
            return Err(Fault::new(
                at,
                "an expression has at most 256 parts; name a part as a guard of its own",
            ));
        }
        Ok(Node { at, tree })
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.depth >= DEPTH_MAX {
            return Err(Fault::new(self.at(), "an expression is at most 32 deep"));
        }
        self.depth = self.depth.saturating_add(1);
        let parsed = parse(self);
        self.depth = self.depth.saturating_sub(1);
        parsed
    }

    fn whole(&mut self) -> Result<Node, Fault> {
        self.deeper(|parser| {
            let at = parser.at();
            let condition = parser.binary(&LEVELS)?;
            if !parser.take("?") {
                return Ok(condition);
            }
            let yes = parser.binary(&LEVELS)?;
            parser.expect(":")?;
            let no = parser.whole()?;
            parser.node(at, Tree::If(Box::new(condition), Box::new(yes), Box::new(no)))
        })
    }

    fn binary(&mut self, levels: &[&[&'static str]]) -> Result<Node, Fault> {
        let Some((signs, tighter)) = levels.split_first() else { return self.unary() };
        let mut left = self.binary(tighter)?;
        loop {
            let at = self.at();
            let Some(sign) = signs.iter().find(|sign| self.take(sign)) else { return Ok(left) };
            let right = self.binary(tighter)?;
            left = self.node(at, Tree::Binary(sign, Box::new(left), Box::new(right)))?;
        }
    }

    fn unary(&mut self) -> Result<Node, Fault> {
        let at = self.at();
        for sign in ["!", "-"] {
            if self.take(sign) {
                let inner = self.deeper(Self::unary)?;
                return self.node(at, Tree::Unary(sign, Box::new(inner)));
            }
        }
        self.member()
    }

    fn member(&mut self) -> Result<Node, Fault> {
        let mut object = self.primary()?;
        while self.take(".") {
            let at = self.at();
            let name = self.word()?;
            object = if self.take("(") {
                let mut arguments = alloc::vec![object];
                self.list(")", &mut arguments)?;
                self.node(at, Tree::Call { name, arguments, is_method: true })?
            } else {
                self.node(at, Tree::Member(Box::new(object), name))?
            };
        }
        Ok(object)
    }

    fn word(&mut self) -> Result<String, Fault> {
        let at = self.at();
        match self.peek().map(|token| &token.what) {
            Some(What::Word(word)) => {
                self.next = self.next.saturating_add(1);
                Ok(word.clone())
            }
            _ => Err(Fault::new(at, "expected a name")),
        }
    }

    /// Items up to the closing sign.
    fn list(&mut self, close: &str, items: &mut Vec<Node>) -> Result<(), Fault> {
        if self.take(close) {
            return Ok(());
        }
        loop {
            items.push(self.whole()?);
            if self.take(close) {
                return Ok(());
            }
            self.expect(",")?;
        }
    }

    fn primary(&mut self) -> Result<Node, Fault> {
        let at = self.at();
        if self.take("(") {
            let inner = self.whole()?;
            self.expect(")")?;
            return Ok(inner);
        }
        if self.take("[") {
            let mut items = Vec::new();
            self.list("]", &mut items)?;
            return self.node(at, Tree::List(items));
        }
        let token = self.peek().ok_or_else(|| Fault::new(at, "the expression ends too early"))?;
        self.next = self.next.saturating_add(1);
        let tree = match &token.what {
            What::Number(number) => Tree::Number(*number),
            What::Text(text) => Tree::Text(text.clone()),
            What::Sign(_) => return Err(Fault::new(at, "expected a value")),
            What::Word(word) => match word.as_str() {
                "true" => Tree::Bool(true),
                "false" => Tree::Bool(false),
                "null" => Tree::Null,
                "in" => return Err(Fault::new(at, "expected a value")),
                _ if self.take("(") => {
                    let mut arguments = Vec::new();
                    self.list(")", &mut arguments)?;
                    Tree::Call { name: word.clone(), arguments, is_method: false }
                }
                _ => Tree::Variable(word.clone()),
            },
        };
        self.node(at, tree)
    }
}
