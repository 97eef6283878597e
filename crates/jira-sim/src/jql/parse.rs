//! Text to query.

use super::{Expr, Op, Operand, Query, Term};

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Quoted(String),
    Symbol(&'static str),
}

/// Parses a query; `Err` is Jira's complaint.
pub(crate) fn parse(text: &str) -> Result<Query, String> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
    };
    let starts_with_order = parser.peek_word("order");
    let filter = if parser.tokens.is_empty() || starts_with_order {
        None
    } else {
        Some(parser.or()?)
    };
    let order = parser.order()?;
    if let Some(token) = parser.tokens.get(parser.at) {
        return Err(format!(
            "Error in the JQL Query: Expecting either 'OR' or 'AND' but got '{}'.",
            shown(token)
        ));
    }
    Ok(Query { filter, order })
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn or(&mut self) -> Result<Expr, String> {
        let mut parts = vec![self.and()?];
        while self.take_word("or") || self.take("||") {
            parts.push(self.and()?);
        }
        Ok(if parts.len() == 1 {
            parts.remove(0)
        } else {
            Expr::Or(parts)
        })
    }

    fn and(&mut self) -> Result<Expr, String> {
        let mut parts = vec![self.not()?];
        while self.take_word("and") || self.take("&&") {
            parts.push(self.not()?);
        }
        Ok(if parts.len() == 1 {
            parts.remove(0)
        } else {
            Expr::And(parts)
        })
    }

    fn not(&mut self) -> Result<Expr, String> {
        if self.take_word("not") || self.take("!") {
            return Ok(Expr::Not(Box::new(self.not()?)));
        }
        if self.take("(") {
            let inner = self.or()?;
            self.expect(")")?;
            return Ok(inner);
        }
        self.term().map(Expr::Term)
    }

    fn term(&mut self) -> Result<Term, String> {
        let field = match self.next() {
            Some(Token::Word(word) | Token::Quoted(word)) => word.to_lowercase(),
            Some(token) => return Err(unexpected(&token)),
            None => return Err(ended()),
        };
        let op = self.operator(&field)?;
        let values = if matches!(op, Op::In | Op::NotIn) {
            self.list()?
        } else {
            vec![self.operand()?]
        };
        Ok(Term { field, op, values })
    }

    fn operator(&mut self, field: &str) -> Result<Op, String> {
        for (symbol, op) in [
            ("=", Op::Equals),
            ("!=", Op::Differs),
            ("~", Op::Contains),
            ("!~", Op::Lacks),
            ("<=", Op::LessOrEqual),
            (">=", Op::GreaterOrEqual),
            ("<", Op::Less),
            (">", Op::Greater),
        ] {
            if self.take(symbol) {
                return Ok(op);
            }
        }
        if self.take_word("in") {
            return Ok(Op::In);
        }
        if self.take_word("not") {
            return if self.take_word("in") {
                Ok(Op::NotIn)
            } else {
                Err(format!(
                    "Error in the JQL Query: Expecting 'IN' after 'NOT' for the field '{field}'."
                ))
            };
        }
        if self.take_word("is") {
            return Ok(if self.take_word("not") {
                Op::IsNot
            } else {
                Op::Is
            });
        }
        Err(format!(
            "Error in the JQL Query: Expecting an operator after the field name '{field}'."
        ))
    }

    fn list(&mut self) -> Result<Vec<Operand>, String> {
        self.expect("(")?;
        let mut values = vec![self.operand()?];
        while self.take(",") {
            values.push(self.operand()?);
        }
        self.expect(")")?;
        Ok(values)
    }

    fn operand(&mut self) -> Result<Operand, String> {
        let word = match self.next() {
            Some(Token::Quoted(text)) => return Ok(Operand::Text(text)),
            Some(Token::Word(word)) => word,
            Some(token) => return Err(unexpected(&token)),
            None => return Err(ended()),
        };
        if word.eq_ignore_ascii_case("empty") || word.eq_ignore_ascii_case("null") {
            return Ok(Operand::Empty);
        }
        if !self.take("(") {
            return Ok(Operand::Text(word));
        }
        let mut arguments = Vec::new();
        while !self.take(")") {
            match self.next() {
                Some(Token::Word(text) | Token::Quoted(text)) => arguments.push(text),
                Some(token) => return Err(unexpected(&token)),
                None => return Err(ended()),
            }
            self.take(",");
        }
        Ok(Operand::Function(word.to_lowercase(), arguments))
    }

    fn order(&mut self) -> Result<Vec<(String, bool)>, String> {
        let mut order = Vec::new();
        if !self.take_word("order") {
            return Ok(order);
        }
        if !self.take_word("by") {
            return Err("Error in the JQL Query: Expecting 'BY' after 'ORDER'.".to_owned());
        }
        loop {
            match self.next() {
                Some(Token::Word(word) | Token::Quoted(word)) => {
                    let descending = self.take_word("desc");
                    if !descending {
                        self.take_word("asc");
                    }
                    order.push((word.to_lowercase(), descending));
                }
                Some(token) => return Err(unexpected(&token)),
                None => return Err(ended()),
            }
            if !self.take(",") {
                return Ok(order);
            }
        }
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn take(&mut self, symbol: &str) -> bool {
        let is_next =
            matches!(self.tokens.get(self.at), Some(Token::Symbol(known)) if *known == symbol);
        self.at += usize::from(is_next);
        is_next
    }

    fn take_word(&mut self, word: &str) -> bool {
        let is_next = self.peek_word(word);
        self.at += usize::from(is_next);
        is_next
    }

    fn peek_word(&self, word: &str) -> bool {
        matches!(self.tokens.get(self.at), Some(Token::Word(known)) if known.eq_ignore_ascii_case(word))
    }

    fn expect(&mut self, symbol: &str) -> Result<(), String> {
        if self.take(symbol) {
            return Ok(());
        }
        Err(self.tokens.get(self.at).map_or_else(ended, unexpected))
    }
}

fn shown(token: &Token) -> &str {
    match token {
        Token::Word(text) | Token::Quoted(text) => text,
        Token::Symbol(symbol) => symbol,
    }
}

fn unexpected(token: &Token) -> String {
    format!(
        "Error in the JQL Query: The character or word '{}' was not expected here.",
        shown(token)
    )
}

fn ended() -> String {
    "Error in the JQL Query: Unexpected end of the query.".to_owned()
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    const SYMBOLS: [&str; 14] = [
        "!=", "!~", "<=", ">=", "&&", "||", "=", "~", "<", ">", "(", ")", ",", "!",
    ];
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if first == '"' || first == '\'' {
            let (quoted, length) = quoted(rest, first)?;
            tokens.push(Token::Quoted(quoted));
            rest = &rest[length..];
        } else if let Some(symbol) = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)) {
            tokens.push(Token::Symbol(symbol));
            rest = &rest[symbol.len()..];
        } else {
            let end = rest
                .find(|c: char| c.is_whitespace() || "=!~<>(),\"'&|".contains(c))
                .unwrap_or(rest.len());
            if end == 0 {
                return Err(format!(
                    "Error in the JQL Query: The character '{first}' is a reserved JQL character."
                ));
            }
            tokens.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        }
        rest = rest.trim_start();
    }
    Ok(tokens)
}

/// The text between quotes, and how many bytes it took with them.
fn quoted(text: &str, quote: char) -> Result<(String, usize), String> {
    let mut out = String::new();
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => {
                out.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            c if c == quote => return Ok((out, at + c.len_utf8())),
            c => out.push(c),
        }
    }
    Err("Error in the JQL Query: The quoted string has not been completed.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(field: &str, op: Op, values: &[&str]) -> Expr {
        let values = values
            .iter()
            .map(|value| Operand::Text((*value).to_owned()))
            .collect();
        Expr::Term(Term {
            field: field.to_owned(),
            op,
            values,
        })
    }

    #[test]
    fn and_binds_tighter_than_or_and_parentheses_tighter_still() {
        let query = parse("a = 1 OR b = 2 AND NOT (c != 3) order by Rank desc, key")
            .expect("this is a query");
        let tail = Expr::And(vec![
            term("b", Op::Equals, &["2"]),
            Expr::Not(Box::new(term("c", Op::Differs, &["3"]))),
        ]);
        assert_eq!(
            query.filter,
            Some(Expr::Or(vec![term("a", Op::Equals, &["1"]), tail]))
        );
        assert_eq!(
            query.order,
            [("rank".to_owned(), true), ("key".to_owned(), false)]
        );
    }

    #[test]
    fn quotes_lists_and_functions() {
        let query = parse(r#"status not in ("In \"Review\"", Done) and assignee = currentUser()"#)
            .expect("this is a query");
        let user = Expr::Term(Term {
            field: "assignee".to_owned(),
            op: Op::Equals,
            values: vec![Operand::Function("currentuser".to_owned(), Vec::new())],
        });
        assert_eq!(
            query.filter,
            Some(Expr::And(vec![
                term("status", Op::NotIn, &["In \"Review\"", "Done"]),
                user
            ]))
        );
    }

    #[test]
    fn what_is_no_query_is_refused() {
        for broken in [
            "project =",
            "project",
            "= 3",
            "(project = 1",
            "project = 1 status = 2",
            "a = \"b",
            "status in Done",
            "order rank",
        ] {
            assert!(parse(broken).is_err(), "{broken}");
        }
    }
}
