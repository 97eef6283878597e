//! A small JQL: enough of it for what integrations ask, with Jira's refusals for what it does not know.

mod evaluate;
mod parse;

pub(crate) use evaluate::{Moment, complaints, fits, sort};
pub(crate) use parse::parse;

/// A parsed query.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Query {
    /// `None`: only an order, or nothing at all.
    pub(crate) filter: Option<Expr>,
    pub(crate) order: Vec<(String, bool)>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expr {
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    Term(Term),
}

/// `field operator operand`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Term {
    /// In lower case.
    pub(crate) field: String,
    pub(crate) op: Op,
    /// One value for everything but `in` and `not in`.
    pub(crate) values: Vec<Operand>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Is,
    IsNot,
    Equals,
    Differs,
    In,
    NotIn,
    Contains,
    Lacks,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Op {
    /// As error texts name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Is => "is",
            Self::IsNot => "is not",
            Self::Equals => "=",
            Self::Differs => "!=",
            Self::In => "in",
            Self::NotIn => "not in",
            Self::Contains => "~",
            Self::Lacks => "!~",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operand {
    Text(String),
    Empty,
    /// `currentUser()` and the like, in lower case, with its arguments.
    Function(String, Vec<String>),
}

impl Query {
    /// Calls `f` with each term, wherever it stands.
    pub(crate) fn each_term<'a>(&'a self, f: &mut dyn FnMut(&'a Term)) {
        fn walk<'a>(expr: &'a Expr, f: &mut dyn FnMut(&'a Term)) {
            match expr {
                Expr::And(parts) | Expr::Or(parts) => parts.iter().for_each(|part| walk(part, f)),
                Expr::Not(part) => walk(part, f),
                Expr::Term(term) => f(term),
            }
        }
        if let Some(filter) = &self.filter {
            walk(filter, f);
        }
    }
}

/// What a dynamic webhook may filter by; `Err` are the complaints about the entry.
pub(crate) fn webhook_complaints(query: &Query) -> Vec<String> {
    const FIELDS: &[&str] = &[
        "issuekey",
        "key",
        "project",
        "issuetype",
        "type",
        "status",
        "assignee",
        "reporter",
        "priority",
    ];
    let mut complaints = Vec::new();
    query.each_term(&mut |term| {
        if !FIELDS.contains(&term.field.as_str()) && !term.field.starts_with("issue.property") {
            complaints.push(format!("The clause {} is unsupported", term.field));
        } else if !matches!(term.op, Op::Equals | Op::Differs | Op::In | Op::NotIn) {
            complaints.push(format!("Operator {} is unsupported", term.op.name()));
        }
    });
    if !query.order.is_empty() {
        complaints.push("The clause order by is unsupported".to_owned());
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_filter_may_use_little() {
        let complaints = |jql: &str| webhook_complaints(&parse(jql).expect("this is a query"));
        assert!(complaints("project in (10001, 10002) AND status != Done").is_empty());
        assert!(complaints("project != EMPTY").is_empty());
        assert_eq!(
            complaints("watchCount = 3"),
            ["The clause watchcount is unsupported"]
        );
        assert_eq!(
            complaints("project is not EMPTY"),
            ["Operator is not is unsupported"]
        );
    }
}
