//! Privileged and privacy acts, one line each. Details are codes and ids of ours, never text somebody wrote.
//!
//! The lines of a project are a chain: each has a number and a hash over what it says and over the hash of the line
//! before. What belongs to no project is in the chain [`SERVER`]. A line is added in the transaction of the act, which
//! holds the chain's end until it commits: so two nodes never give the same number. [`chain`] is the rule,
//! [`checkpoints`] what was signed of it.

pub mod chain;
pub mod checkpoints;

use upvow_db::{Result, Tx, args};
use upvow_domain::{AuditId, PersonId, ProjectId, Time};

use crate::row;

/// The chain of what belongs to no project.
pub const SERVER: &str = "server";

row! {
    /// One line.
    Entry {
        /// Its id.
        id: AuditId,
        /// The project it happened in.
        project_id: Option<ProjectId>,
        /// Who did it; `None` is the program itself.
        person_id: Option<PersonId>,
        /// `session`, `token` or `program`.
        via: String,
        /// What was done: `connection.disconnected`.
        action: String,
        /// To what: an id of ours.
        subject: String,
        /// More, as codes.
        detail: String,
        /// When.
        at: Time,
        /// Its number in its chain; none is a line that the program did not write.
        seq: Option<i64>,
        /// The hash of the line before; empty for the first.
        prev: Option<String>,
        /// Its own.
        hash: Option<String>,
    }
}

/// Where a chain ends, or begins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct End {
    /// The last line's number; 0 where there is none.
    pub seq: i64,
    /// Its hash; empty where there is none.
    pub hash: String,
}

impl upvow_db::FromRow for End {
    fn from_row(row: &upvow_db::Row) -> Result<Self> {
        Ok(End {
            seq: row.get("seq")?,
            hash: row.get("hash")?,
        })
    }
}

/// The chain a line of this project belongs to.
pub fn chain_of(project: Option<ProjectId>) -> String {
    project.map_or_else(|| SERVER.to_owned(), ProjectId::stored)
}

/// Adds a line at the end of its chain. Its `seq`, `prev` and `hash` are found here.
pub async fn insert(tx: &mut Tx, entry: &Entry) -> Result<()> {
    let chain = chain_of(entry.project_id);
    let (seq, prev, hash) = link(tx, &chain, entry).await?;
    tx.run(
        "INSERT INTO audit (id, project_id, person_id, via, action, subject, detail, at, chain, seq, prev, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        args![
            entry.id,
            entry.project_id,
            entry.person_id,
            entry.via.clone(),
            entry.action.clone(),
            entry.subject.clone(),
            entry.detail.clone(),
            entry.at,
            chain,
            seq,
            prev,
            hash
        ],
    )
    .await?;
    Ok(())
}

/// The next number, the hash of the line before, and this line's own; the chain's end is this line now.
async fn link(tx: &mut Tx, chain: &str, entry: &Entry) -> Result<(i64, String, String)> {
    let end = hold(tx, chain).await?;
    let seq = end.seq + 1;
    let hash = chain::hash(&end.hash, chain, seq, entry);
    tx.run(
        "UPDATE audit_heads
         SET seq = $2, hash = $3
         WHERE chain = $1",
        args![chain, seq, hash.clone()],
    )
    .await?;
    Ok((seq, end.hash, hash))
}

/// The chain's end, which nobody else moves until this transaction is over.
pub async fn hold(tx: &mut Tx, chain: &str) -> Result<End> {
    tx.run(
        "INSERT INTO audit_heads (chain, seq, hash)
         VALUES ($1, 0, '')
         ON CONFLICT (chain) DO NOTHING",
        args![chain],
    )
    .await?;
    // SQLite has one writer anyway.
    let sql = tx.pick(
        "SELECT seq, hash FROM audit_heads WHERE chain = $1",
        "SELECT seq, hash FROM audit_heads WHERE chain = $1 FOR UPDATE",
    );
    Ok(tx.one(sql, args![chain]).await?.unwrap_or_default())
}

/// Gives the lines of before the chain their places, oldest first. Nothing happens once it was done: later, a line
/// without a place is one that the program did not write.
pub(crate) async fn adopt(tx: &mut Tx) -> Result<()> {
    // Whoever makes this row does it; another node waits here until that is done.
    let is_first = tx
        .run(
            "INSERT INTO audit_heads (chain, seq, hash)
             VALUES ($1, 0, '')
             ON CONFLICT (chain) DO NOTHING",
            args![SERVER],
        )
        .await?
        == 1;
    if !is_first {
        return Ok(());
    }
    let old: Vec<Entry> = tx
        .all("SELECT * FROM audit WHERE seq IS NULL ORDER BY id", vec![])
        .await?;
    for entry in old {
        let chain = chain_of(entry.project_id);
        let (seq, prev, hash) = link(tx, &chain, &entry).await?;
        tx.run(
            "UPDATE audit
             SET chain = $2, seq = $3, prev = $4, hash = $5
             WHERE id = $1",
            args![entry.id, chain, seq, prev, hash],
        )
        .await?;
    }
    Ok(())
}

/// The names of all chains.
pub async fn chains(tx: &mut Tx) -> Result<Vec<String>> {
    struct Name(String);
    impl upvow_db::FromRow for Name {
        fn from_row(row: &upvow_db::Row) -> Result<Self> {
            row.get("chain").map(Name)
        }
    }
    let names: Vec<Name> = tx
        .all(
            "SELECT chain FROM audit_heads
             UNION SELECT chain FROM audit_checkpoints
             UNION SELECT chain FROM audit WHERE chain IS NOT NULL
             ORDER BY chain",
            vec![],
        )
        .await?;
    Ok(names.into_iter().map(|name| name.0).collect())
}

/// Where the chain says that it ends; `None` if it says nothing.
pub async fn end(tx: &mut Tx, chain: &str) -> Result<Option<End>> {
    tx.one(
        "SELECT seq, hash FROM audit_heads WHERE chain = $1",
        args![chain],
    )
    .await
}

/// The lines of a chain after `after`, in order.
pub async fn walk(tx: &mut Tx, chain: &str, after: i64, limit: i64) -> Result<Vec<Entry>> {
    tx.all(
        "SELECT * FROM audit
         WHERE chain = $1
           AND seq > $2
         ORDER BY seq
         LIMIT $3",
        args![chain, after, limit],
    )
    .await
}

/// Lines that are in no chain: the program writes none.
pub async fn unchained(tx: &mut Tx) -> Result<Vec<Entry>> {
    tx.all(
        "SELECT * FROM audit
         WHERE seq IS NULL
            OR chain IS NULL
         ORDER BY id
         LIMIT 100",
        vec![],
    )
    .await
}

/// Which lines are asked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only of this action, or of this family of actions (`connection`).
    pub action: Option<String>,
    /// Only by this person.
    pub person: Option<PersonId>,
    /// Only from then on.
    pub since: Option<Time>,
    /// Only before then.
    pub until: Option<Time>,
}

/// A project's lines, newest first, before the line of number `before` if given.
pub async fn list(
    tx: &mut Tx,
    project: ProjectId,
    wanted: &Wanted,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Entry>> {
    let family = wanted.action.as_ref().map(|action| format!("{action}.%"));
    tx.all(
        "SELECT * FROM audit
         WHERE project_id = $1
           AND chain = $1
           AND ($2 IS NULL OR seq < $2)
           AND ($3 IS NULL OR action = $3 OR action LIKE $4)
           AND ($5 IS NULL OR person_id = $5)
           AND ($6 IS NULL OR at >= $6)
           AND ($7 IS NULL OR at < $7)
         ORDER BY seq DESC
         LIMIT $8",
        args![
            project,
            before,
            wanted.action.clone(),
            family,
            wanted.person,
            wanted.since,
            wanted.until,
            limit
        ],
    )
    .await
}

/// The actions a project's lines tell of.
pub async fn actions(tx: &mut Tx, project: ProjectId) -> Result<Vec<String>> {
    struct Name(String);
    impl upvow_db::FromRow for Name {
        fn from_row(row: &upvow_db::Row) -> Result<Self> {
            row.get("action").map(Name)
        }
    }
    let names: Vec<Name> = tx
        .all(
            "SELECT DISTINCT action FROM audit
             WHERE project_id = $1
             ORDER BY action
             LIMIT 200",
            args![project],
        )
        .await?;
    Ok(names.into_iter().map(|name| name.0).collect())
}

/// Somebody whose acts a project's lines tell of.
#[derive(Debug, Clone)]
pub struct Actor {
    /// Who.
    pub id: PersonId,
    /// Their name on the board; `None` once their account is gone.
    pub name: Option<String>,
}

impl upvow_db::FromRow for Actor {
    fn from_row(row: &upvow_db::Row) -> Result<Self> {
        Ok(Actor {
            id: row.get("person_id")?,
            name: row.get("name")?,
        })
    }
}

/// The people whose acts a project's lines tell of.
pub async fn actors(tx: &mut Tx, project: ProjectId) -> Result<Vec<Actor>> {
    tx.all(
        "SELECT a.person_id, p.name
         FROM (
            SELECT DISTINCT person_id FROM audit
            WHERE project_id = $1
              AND person_id IS NOT NULL) a
         LEFT JOIN people p ON p.id = a.person_id
         ORDER BY p.name, a.person_id
         LIMIT 200",
        args![project],
    )
    .await
}
