//! Does an issue fit a query, and in which order do issues come?

use std::cmp::Ordering;

use super::{Expr, Op, Operand, Query, Term};
use crate::people::Who;
use crate::state::{Issue, Site};

/// Who asks, and when: what `currentUser()` and `-30m` mean.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) who: Who,
    pub(crate) now: i64,
}

/// A field a query can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clause {
    Project,
    Kind,
    Status,
    Category,
    Key,
    Priority,
    Resolution,
    Assignee,
    Reporter,
    Creator,
    Labels,
    Text,
    Summary,
    Description,
    Created,
    Updated,
    Resolved,
    Property,
}

impl Clause {
    /// The clause of a name in lower case.
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "project" => Self::Project,
            "issuetype" | "type" => Self::Kind,
            "status" => Self::Status,
            "statuscategory" => Self::Category,
            "key" | "issuekey" | "issue" | "id" => Self::Key,
            "priority" => Self::Priority,
            "resolution" => Self::Resolution,
            "assignee" => Self::Assignee,
            "reporter" => Self::Reporter,
            "creator" => Self::Creator,
            "labels" => Self::Labels,
            "text" | "textfields" => Self::Text,
            "summary" => Self::Summary,
            "description" => Self::Description,
            "created" | "createddate" => Self::Created,
            "updated" | "updateddate" => Self::Updated,
            "resolved" | "resolutiondate" => Self::Resolved,
            _ if name.starts_with("issue.property") => Self::Property,
            _ => return None,
        })
    }

    fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Summary | Self::Description)
    }

    fn is_date(self) -> bool {
        matches!(self, Self::Created | Self::Updated | Self::Resolved)
    }
}

/// What Jira refuses of a query before it looks at any issue.
pub(crate) fn complaints(query: &Query, site: &Site, moment: Moment) -> Vec<String> {
    let mut complaints = Vec::new();
    query.each_term(&mut |term| {
        if let Err(complaint) = check(term, site, moment) {
            complaints.push(complaint);
        }
    });
    for (field, _) in &query.order {
        if Clause::named(field).is_none() && !["rank"].contains(&field.as_str()) {
            complaints.push(format!("Not able to sort using field '{field}'."));
        }
    }
    complaints
}

fn check(term: &Term, site: &Site, moment: Moment) -> Result<(), String> {
    let field = &term.field;
    let Some(clause) = Clause::named(field) else {
        return Err(format!(
            "Field '{field}' does not exist or you do not have permission to view it."
        ));
    };
    let ordering = matches!(
        term.op,
        Op::Less | Op::LessOrEqual | Op::Greater | Op::GreaterOrEqual
    );
    let unsuitable = match term.op {
        Op::Contains | Op::Lacks => !clause.is_text(),
        Op::Equals | Op::Differs | Op::In | Op::NotIn => clause.is_text(),
        Op::Is | Op::IsNot => term.values != [Operand::Empty],
        _ => ordering && !clause.is_date() && !matches!(clause, Clause::Key | Clause::Priority),
    };
    if unsuitable {
        return Err(format!(
            "The operator '{}' is not supported by the '{field}' field.",
            term.op.name()
        ));
    }
    for value in &term.values {
        match value {
            Operand::Empty => {}
            Operand::Function(name, _)
                if name == "currentuser" || name == "now" || name.starts_with("startof") => {}
            Operand::Function(name, _) => {
                return Err(format!("Unable to find JQL function '{name}()'."));
            }
            Operand::Text(text) => check_value(clause, field, text, site, moment)?,
        }
    }
    Ok(())
}

fn check_value(
    clause: Clause,
    field: &str,
    text: &str,
    site: &Site,
    moment: Moment,
) -> Result<(), String> {
    let known = match clause {
        Clause::Project => {
            site.find_project(text).is_some()
                || site
                    .projects
                    .iter()
                    .any(|project| project.name.eq_ignore_ascii_case(text))
        }
        Clause::Kind => site.types.iter().any(|kind| same(text, kind.id, kind.name)),
        Clause::Status => site
            .statuses
            .iter()
            .any(|status| same(text, status.id, &status.name)),
        Clause::Priority => site
            .priorities
            .iter()
            .any(|priority| same(text, priority.id, priority.name)),
        Clause::Created | Clause::Updated | Clause::Resolved => {
            return when(text, moment.now).map(|_| ()).ok_or_else(|| format!("Date value '{text}' for field '{field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."));
        }
        _ => true,
    };
    if known {
        Ok(())
    } else {
        Err(format!(
            "The value '{text}' does not exist for the field '{field}'."
        ))
    }
}

/// Does the issue fit? An empty filter fits everything.
pub(crate) fn fits(query: &Query, site: &Site, issue: &Issue, moment: Moment) -> bool {
    query
        .filter
        .as_ref()
        .is_none_or(|filter| expr_fits(filter, site, issue, moment))
}

fn expr_fits(expr: &Expr, site: &Site, issue: &Issue, moment: Moment) -> bool {
    match expr {
        Expr::And(parts) => parts
            .iter()
            .all(|part| expr_fits(part, site, issue, moment)),
        Expr::Or(parts) => parts
            .iter()
            .any(|part| expr_fits(part, site, issue, moment)),
        Expr::Not(part) => !expr_fits(part, site, issue, moment),
        Expr::Term(term) => term_fits(term, site, issue, moment),
    }
}

fn term_fits(term: &Term, site: &Site, issue: &Issue, moment: Moment) -> bool {
    let Some(clause) = Clause::named(&term.field) else {
        return false;
    };
    let any = || {
        term.values
            .iter()
            .any(|value| equals(clause, value, site, issue, moment))
    };
    match term.op {
        Op::Equals | Op::In | Op::Is | Op::Contains => any(),
        // As in Jira, an empty field fits no negation but the one of EMPTY.
        Op::Differs | Op::NotIn => {
            !any() && (term.values.contains(&Operand::Empty) || !is_empty(clause, issue))
        }
        Op::IsNot | Op::Lacks => !any(),
        Op::Less | Op::LessOrEqual | Op::Greater | Op::GreaterOrEqual => {
            let ordering = term
                .values
                .first()
                .and_then(|value| compare(clause, value, site, issue, moment));
            ordering.is_some_and(|ordering| match term.op {
                Op::Less => ordering.is_lt(),
                Op::LessOrEqual => ordering.is_le(),
                Op::Greater => ordering.is_gt(),
                _ => ordering.is_ge(),
            })
        }
    }
}

fn is_empty(clause: Clause, issue: &Issue) -> bool {
    match clause {
        Clause::Resolution | Clause::Resolved => issue.resolution.is_none(),
        Clause::Assignee => issue.assignee.is_none(),
        Clause::Labels => issue.labels.is_empty(),
        Clause::Description => issue.description.is_none(),
        _ => false,
    }
}

fn equals(clause: Clause, value: &Operand, site: &Site, issue: &Issue, moment: Moment) -> bool {
    let text = match value {
        Operand::Empty => return is_empty(clause, issue),
        Operand::Function(name, _) if name == "currentuser" => moment.who.account_id,
        Operand::Function(..) => {
            return compare(clause, value, site, issue, moment) == Some(Ordering::Equal);
        }
        Operand::Text(text) => text,
    };
    let person = |who: Who| who.account_id == text;
    match clause {
        Clause::Project => {
            let project = site.project(issue.project);
            same(text, project.id, project.name) || project.key.eq_ignore_ascii_case(text)
        }
        Clause::Kind => same(text, issue.kind, site.kind(issue.kind).name),
        Clause::Status => same(text, issue.status, &site.status(issue.status).name),
        Clause::Category => {
            let category = site.status(issue.status).category;
            same(text, category.id(), category.name()) || category.key().eq_ignore_ascii_case(text)
        }
        Clause::Key => site
            .find_issue(text)
            .is_some_and(|found| found.id == issue.id),
        Clause::Priority => same(text, issue.priority, site.priority(issue.priority).name),
        Clause::Resolution => match issue.resolution {
            None => text.eq_ignore_ascii_case("unresolved"),
            Some(id) => site
                .resolutions
                .iter()
                .any(|resolution| resolution.id == id && same(text, id, resolution.name)),
        },
        Clause::Assignee => issue.assignee.is_some_and(person),
        Clause::Reporter => person(issue.reporter),
        Clause::Creator => person(issue.creator),
        Clause::Labels => issue
            .labels
            .iter()
            .any(|label| label.eq_ignore_ascii_case(text)),
        Clause::Summary => contains(&issue.summary, text),
        Clause::Description => issue
            .description
            .as_ref()
            .is_some_and(|document| contains(&crate::adf::to_text(document), text)),
        Clause::Text => {
            contains(&issue.summary, text)
                || issue
                    .description
                    .as_ref()
                    .is_some_and(|document| contains(&crate::adf::to_text(document), text))
                || issue
                    .comments
                    .iter()
                    .any(|comment| contains(&crate::adf::to_text(&comment.body), text))
        }
        Clause::Created | Clause::Updated | Clause::Resolved => {
            compare(clause, value, site, issue, moment) == Some(Ordering::Equal)
        }
        Clause::Property => issue
            .properties
            .values()
            .any(|property| property.to_string().contains(text)),
    }
}

/// Every word must occur; `word*` means its beginning.
fn contains(haystack: &str, words: &str) -> bool {
    let haystack = haystack.to_lowercase();
    let parts: Vec<&str> = haystack.split(|c: char| !c.is_alphanumeric()).collect();
    words
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric() && c != '*')
        .filter(|word| !word.is_empty())
        .all(|word| match word.strip_suffix('*') {
            Some(start) => parts.iter().any(|part| part.starts_with(start)),
            None => parts.contains(&word),
        })
}

fn compare(
    clause: Clause,
    value: &Operand,
    site: &Site,
    issue: &Issue,
    moment: Moment,
) -> Option<Ordering> {
    let text = match value {
        Operand::Text(text) => text.as_str(),
        Operand::Function(name, _) if name == "now" => "0m",
        Operand::Function(name, _) if name.starts_with("startof") => "-1d",
        _ => return None,
    };
    let own = match clause {
        Clause::Created => issue.created_at,
        Clause::Updated => issue.updated_at,
        Clause::Resolved => issue.resolved_at?,
        Clause::Key => return site.find_issue(text).map(|other| issue.id.cmp(&other.id)),
        // A higher priority has a lower id.
        Clause::Priority => {
            return site
                .priorities
                .iter()
                .find(|priority| same(text, priority.id, priority.name))
                .map(|other| other.id.cmp(&issue.priority));
        }
        _ => return None,
    };
    when(text, moment.now).map(|at| own.cmp(&at))
}

/// A moment: epoch milliseconds, `-30m` and the like, or a date. Dates are in the time zone of the token's person at Jira;
/// here everybody lives by Berlin's winter time, an hour ahead of UTC, so that whoever confuses the two notices.
fn when(text: &str, now: i64) -> Option<i64> {
    const HOME_OFFSET_MS: i64 = 3_600_000;
    if let Ok(ms) = text.parse::<i64>() {
        return Some(ms);
    }
    if let Some(first) = text.chars().next()
        && (first == '-' || first == '+' || first.is_ascii_digit())
        && text.ends_with(|c: char| "smhdwMy".contains(c))
    {
        let mut total = 0_i64;
        let negative = first == '-';
        for part in text.trim_start_matches(['-', '+']).split_whitespace() {
            let unit = part.chars().last()?;
            let amount: i64 = part[..part.len() - unit.len_utf8()].parse().ok()?;
            let minutes = match unit {
                'm' => 1,
                'h' => 60,
                'd' => 24 * 60,
                'w' => 7 * 24 * 60,
                _ => return None,
            };
            total = total.checked_add(amount.checked_mul(minutes * 60_000)?)?;
        }
        return Some(if negative { now - total } else { now + total });
    }
    let text = text.replace('/', "-");
    let moment = if text.contains(' ') {
        format!("{}:00Z", text.replacen(' ', "T", 1))
    } else {
        format!("{text}T00:00:00Z")
    };
    moment
        .parse::<jiff::Timestamp>()
        .ok()
        .map(|at| at.as_millisecond() - HOME_OFFSET_MS)
}

/// Sorts as the query says, by falling id at last.
pub(crate) fn sort(query: &Query, site: &Site, issues: &mut [&Issue]) {
    issues.sort_by(|left, right| {
        for (field, descending) in &query.order {
            let ordering = match Clause::named(field) {
                Some(Clause::Created) => left.created_at.cmp(&right.created_at),
                Some(Clause::Updated) => left.updated_at.cmp(&right.updated_at),
                Some(Clause::Resolved) => left.resolved_at.cmp(&right.resolved_at),
                Some(Clause::Summary) => left.summary.cmp(&right.summary),
                Some(Clause::Priority) => right.priority.cmp(&left.priority),
                Some(Clause::Status) => site
                    .status(left.status)
                    .name
                    .cmp(&site.status(right.status).name),
                Some(Clause::Project) => left.project.cmp(&right.project),
                _ => left.id.cmp(&right.id),
            };
            let ordering = if *descending {
                ordering.reverse()
            } else {
                ordering
            };
            if ordering.is_ne() {
                return ordering;
            }
        }
        right.id.cmp(&left.id)
    });
}

fn same(text: &str, id: u64, name: &str) -> bool {
    text == id.to_string() || text.to_lowercase() == name.to_lowercase()
}
