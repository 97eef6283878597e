//! Lists of posts, a page at a time, at a cost that does not grow with the number of posts.
//!
//! A page is found in one of two ways. Either an index gives the posts in the wanted order, and those that do not fit
//! the filter are passed over: good when many fit. Or the few that fit are gathered and then put in order. For
//! statuses the choice is made by counting, which stops at `FEW`; for words by trying the first way on the first
//! posts, because counting a common word costs as much as finding it.
//!
//! The texts are in `text`, put together by the compiler: one for each database, order and source of posts.

mod text;

use text::{Source, postgres, sqlite};
use upvow_db::{Cell, Result, Tx, args};
use upvow_domain::{BoardId, PersonId, PostId, ProjectId, StatusId, post::Sort, search::Words};

use crate::{
    posts::{PostRow, columns},
    row, search,
};

/// Up to so many posts are gathered and sorted for one page; with more, every 200th of a million fits, and passing
/// over the others is quicker.
const FEW: i64 = 5_000;

/// Which posts.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// On this board only. The caller has made sure that it may be seen.
    pub board: Option<BoardId>,
    /// On boards that are not public, too.
    pub all_boards: bool,
    /// In one of these statuses; empty for any.
    pub statuses: &'a [StatusId],
    /// With all of these words.
    pub words: Option<&'a Words>,
    /// Posted by this person.
    pub author: Option<PersonId>,
    /// In which order.
    pub sort: Sort,
}

/// The last row of the page before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// What the order goes by.
    pub key: Key,
    /// The post, which parts equals.
    pub id: PostId,
}

/// What an order goes by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Key {
    /// Trending.
    Trend(f64),
    /// Top and discussed.
    Count(i64),
    /// New: the id alone, as ids grow with time.
    Age,
}

impl Place {
    /// Where a row stands in this order.
    pub fn of(row: &PostRow, sort: Sort) -> Place {
        let key = match sort {
            Sort::Trending => Key::Trend(row.trend),
            Sort::Top => Key::Count(row.votes),
            Sort::New => Key::Age,
            Sort::Discussed => Key::Count(row.comments),
        };
        Place { key, id: row.id }
    }
}

/// The posts after `after`, as `viewer` sees their votes.
pub async fn list(
    tx: &mut Tx,
    project: ProjectId,
    wanted: &Wanted<'_>,
    after: Option<Place>,
    viewer: Option<PersonId>,
    limit: i64,
) -> Result<Vec<PostRow>> {
    // Something was asked for that no post can have.
    if wanted.words.is_some_and(Words::is_empty) {
        return Ok(vec![]);
    }
    let statuses = statuses_json(wanted.statuses);
    // Before every post: no id begins with a letter after f, and no collation orders it otherwise.
    let id = after.map_or_else(|| "z".to_owned(), |place| place.id.stored());
    let key = match (wanted.sort, after.map(|place| place.key)) {
        (_, Some(Key::Trend(trend))) => Cell::from(trend),
        (_, Some(Key::Count(count))) => Cell::from(count),
        (Sort::New, _) => Cell::from(id.clone()),
        (Sort::Trending, _) => Cell::from(f64::MAX),
        (Sort::Top | Sort::Discussed, _) => Cell::from(i64::MAX),
    };
    let query = match wanted.words {
        Some(words) => Some(search::all_of(tx, project, words).await?),
        None => None,
    };
    let args = args![
        project,
        wanted.board,
        wanted.all_boards,
        statuses.clone(),
        query,
        wanted.author,
        viewer,
        key,
        id,
        limit,
        wanted.words.map(|words| search::json(words.as_slice())),
    ];
    let mut rows = vec![];
    for source in sources(tx, project, wanted, statuses.as_deref()).await? {
        let sql = tx.pick(sqlite(source, wanted.sort), postgres(source, wanted.sort));
        rows = tx.all(sql, args.clone()).await?;
        if i64::try_from(rows.len()).is_ok_and(|found| found >= limit) {
            break;
        }
    }
    Ok(rows)
}

fn statuses_json(statuses: &[StatusId]) -> Option<String> {
    let ids: Vec<_> = statuses.iter().map(|id| id.stored()).collect();
    (!ids.is_empty()).then(|| serde_json::Value::from(ids).to_string())
}

/// Where to look, one after the other until a page is full.
async fn sources(
    tx: &mut Tx,
    project: ProjectId,
    wanted: &Wanted<'_>,
    statuses: Option<&str>,
) -> Result<Vec<Source>> {
    if wanted.author.is_some() {
        return Ok(vec![Source::Author]);
    }
    if let Some(statuses) = statuses
        && count_in_statuses(tx, project, statuses).await? <= FEW
    {
        return Ok(vec![Source::Statuses]);
    }
    Ok(match (wanted.words, wanted.board) {
        (None, None) => vec![Source::Project],
        (None, Some(_)) => vec![Source::Board],
        (Some(_), None) => vec![Source::ProjectNext, Source::Words],
        (Some(_), Some(_)) => vec![Source::BoardNext, Source::Words],
    })
}

async fn count_in_statuses(tx: &mut Tx, project: ProjectId, statuses: &str) -> Result<i64> {
    let sql = tx.pick(
        "SELECT CAST(COUNT(*) AS BIGINT)
         FROM (
            SELECT p.id
            FROM json_each($2) wanted
            CROSS JOIN statuses s ON s.id = wanted.value AND s.project_id = $1
            CROSS JOIN posts p INDEXED BY posts_status ON p.status_id = s.id
            LIMIT $3) found",
        // Without the order PostgreSQL reads the whole table, as it cannot know how rare the statuses are.
        "SELECT CAST(COUNT(*) AS BIGINT)
         FROM (
            SELECT p.id
            FROM jsonb_array_elements_text(CAST($2 AS JSONB)) w
            CROSS JOIN LATERAL (
                SELECT id FROM posts
                WHERE project_id = $1
                  AND status_id = w
                ORDER BY votes DESC, id DESC
                LIMIT $3) p
            LIMIT $3) found",
    );
    tx.count(sql, args![project, statuses, FEW + 1]).await
}

row! {
    /// How many posts a status has.
    StatusCount {
        /// The status.
        status_id: StatusId,
        /// How many.
        posts: i64,
    }
}

/// How many posts each status of the roadmap has, on the boards that may be seen.
pub async fn count_on_roadmap(
    tx: &mut Tx,
    project: ProjectId,
    all_boards: bool,
) -> Result<Vec<StatusCount>> {
    tx.all(
        "SELECT s.id AS status_id, (
            SELECT CAST(COUNT(*) AS BIGINT)
            FROM posts p
            WHERE p.status_id = s.id
              AND ($2 OR p.board_id IN (SELECT id FROM boards WHERE project_id = $1 AND visibility = 'public'))) AS posts
         FROM statuses s
         WHERE s.project_id = $1
           AND s.on_roadmap",
        args![project, all_boards],
    )
    .await
}

/// The most wanted posts of a status, on the boards that may be seen.
pub async fn top_of_status(
    tx: &mut Tx,
    project: ProjectId,
    status: StatusId,
    all_boards: bool,
    viewer: Option<PersonId>,
    limit: i64,
) -> Result<Vec<PostRow>> {
    tx.all(
        concat!(
            "SELECT ",
            columns!(),
            " FROM posts p
             JOIN boards b ON b.id = p.board_id
             JOIN statuses s ON s.id = p.status_id
             LEFT JOIN votes v ON v.post_id = p.id AND v.person_id = $4
             WHERE p.project_id = $1
               AND p.status_id = $2
               AND ($3 OR b.visibility = 'public')
             ORDER BY p.votes DESC, p.id DESC
             LIMIT $5"
        ),
        args![project, status, all_boards, viewer, limit],
    )
    .await
}
