//! Lists of posts, a page at a time, at a cost that does not grow with the number of posts.
//!
//! A page is found in one of two ways. Either an index gives the posts in the wanted order, and those that do not fit
//! the filter are passed over: good when many fit. Or the few that fit are gathered and then put in order. For
//! statuses the choice is made by counting, which stops at [`FEW`]; for words by trying the first way on the first
//! posts, because counting a common word costs as much as finding it.
//!
//! The texts are put together by the compiler: one for each database, order and source of posts.

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

/// Where the posts of a page come from.
#[derive(Clone, Copy)]
enum Source {
    /// All of the project, in order.
    Project,
    /// All of the board, in order.
    Board,
    /// The next 2,000 of the project, in order.
    ProjectNext,
    /// The next 2,000 of the board, in order.
    BoardNext,
    /// Those with the words, gathered.
    Words,
    /// Those in the statuses, gathered.
    Statuses,
    /// Those of the author, gathered.
    Author,
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

/// One page: inside, which posts they are; outside, what is shown of them.
macro_rules! page {
    (from $from:expr, where $scope:expr, statuses $statuses:expr, words $words:expr, key $key:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM (
                SELECT p.id, p.board_id, p.title, p.body, p.status_id, p.votes, p.comments, p.created_at, p.trend
                FROM ",
            $from,
            " WHERE ",
            $scope,
            "     AND (p.",
            $key,
            ", p.id) < ($8, $9)
                  AND ($3 OR p.board_id IN (SELECT id FROM boards WHERE project_id = $1 AND visibility = 'public'))
                  AND ($4 IS NULL OR p.status_id IN ",
            $statuses,
            ")
                  AND ($5 IS NULL OR ",
            $words,
            ")
                ORDER BY p.",
            $key,
            " DESC, p.id DESC
                LIMIT $10) p
             JOIN boards b ON b.id = p.board_id
             JOIN statuses s ON s.id = p.status_id
             LEFT JOIN votes v ON v.post_id = p.id AND v.person_id = $7
             ORDER BY p.",
            $key,
            " DESC, p.id DESC"
        )
    };
}

/// The four orders: the name in the index that has it, and the column. By age it is the id, which is there twice then.
macro_rules! by_sort {
    ($sort:expr, $page:ident) => {
        match $sort {
            Sort::Trending => $page!("trend", "trend"),
            Sort::Top => $page!("top", "votes"),
            Sort::New => $page!("new", "id"),
            Sort::Discussed => $page!("discussed", "comments"),
        }
    };
}

/// SQLite keeps no statistics of ours, so each text names the index that makes it cheap.
fn sqlite(source: Source, sort: Sort) -> &'static str {
    macro_rules! text {
        (from $from:expr, where $scope:expr, words $words:expr, key $key:literal) => {
            page!(
                from $from,
                where $scope,
                statuses "(SELECT value FROM json_each($4))",
                words $words,
                key $key
            )
        };
    }
    // Asking the index about one post costs as much as asking about all, so the post itself is looked at.
    macro_rules! has_words {
        () => {
            "NOT EXISTS (SELECT 1 FROM json_each($11) w WHERE instr(p.words, ' ' || w.value) = 0)"
        };
    }
    macro_rules! project {
        ($index:literal, $key:literal) => {
            text!(
                from concat!("posts p INDEXED BY posts_", $index),
                where "p.project_id = $1",
                words has_words!(),
                key $key
            )
        };
    }
    macro_rules! board {
        ($index:literal, $key:literal) => {
            text!(
                from concat!("posts p INDEXED BY posts_board_", $index),
                where "p.project_id = $1 AND p.board_id = $2",
                words has_words!(),
                key $key
            )
        };
    }
    macro_rules! project_next {
        ($index:literal, $key:literal) => {
            text!(
                from concat!(
                    "(SELECT * FROM posts INDEXED BY posts_", $index, "
                      WHERE project_id = $1 AND (", $key, ", id) < ($8, $9)
                      ORDER BY ", $key, " DESC, id DESC
                      LIMIT 2000) p"
                ),
                where "TRUE",
                words has_words!(),
                key $key
            )
        };
    }
    macro_rules! board_next {
        ($index:literal, $key:literal) => {
            text!(
                from concat!(
                    "(SELECT * FROM posts INDEXED BY posts_board_", $index, "
                      WHERE project_id = $1 AND board_id = $2 AND (", $key, ", id) < ($8, $9)
                      ORDER BY ", $key, " DESC, id DESC
                      LIMIT 2000) p"
                ),
                where "TRUE",
                words has_words!(),
                key $key
            )
        };
    }
    macro_rules! words {
        ($index:literal, $key:literal) => {
            text!(
                from "(SELECT rowid AS found FROM post_search WHERE post_search MATCH $5) f
                      CROSS JOIN posts p ON p.rowid = f.found",
                where "p.project_id = $1 AND ($2 IS NULL OR p.board_id = $2)",
                words has_words!(),
                key $key
            )
        };
    }
    macro_rules! statuses {
        ($index:literal, $key:literal) => {
            text!(
                from "json_each($4) w CROSS JOIN posts p INDEXED BY posts_status ON p.status_id = w.value",
                where "p.project_id = $1 AND ($2 IS NULL OR p.board_id = $2)",
                words has_words!(),
                key $key
            )
        };
    }
    macro_rules! author {
        ($index:literal, $key:literal) => {
            text!(
                from "posts p INDEXED BY posts_author",
                where "p.project_id = $1 AND p.author_id = $6 AND ($2 IS NULL OR p.board_id = $2)",
                words has_words!(),
                key $key
            )
        };
    }
    match source {
        Source::Project => by_sort!(sort, project),
        Source::Board => by_sort!(sort, board),
        Source::ProjectNext => by_sort!(sort, project_next),
        Source::BoardNext => by_sort!(sort, board_next),
        Source::Words => by_sort!(sort, words),
        Source::Statuses => by_sort!(sort, statuses),
        Source::Author => by_sort!(sort, author),
    }
}

/// PostgreSQL chooses by its statistics; where the posts are to be gathered first, `OFFSET 0` keeps it from
/// walking an order instead.
fn postgres(source: Source, sort: Sort) -> &'static str {
    macro_rules! text {
        (from $from:expr, where $scope:expr, key $key:literal) => {
            page!(
                from $from,
                where $scope,
                statuses "(SELECT jsonb_array_elements_text(CAST($4 AS JSONB)))",
                words "p.found_by @@ CAST($5 AS TSQUERY)",
                key $key
            )
        };
    }
    macro_rules! project {
        ($index:literal, $key:literal) => {
            text!(from "posts p", where "p.project_id = $1", key $key)
        };
    }
    macro_rules! board {
        ($index:literal, $key:literal) => {
            text!(from "posts p", where "p.project_id = $1 AND p.board_id = $2", key $key)
        };
    }
    macro_rules! project_next {
        ($index:literal, $key:literal) => {
            text!(
                from concat!(
                    "(SELECT * FROM posts
                      WHERE project_id = $1 AND (", $key, ", id) < ($8, $9)
                      ORDER BY ", $key, " DESC, id DESC
                      LIMIT 2000) p"
                ),
                where "TRUE",
                key $key
            )
        };
    }
    macro_rules! board_next {
        ($index:literal, $key:literal) => {
            text!(
                from concat!(
                    "(SELECT * FROM posts
                      WHERE project_id = $1 AND board_id = $2 AND (", $key, ", id) < ($8, $9)
                      ORDER BY ", $key, " DESC, id DESC
                      LIMIT 2000) p"
                ),
                where "TRUE",
                key $key
            )
        };
    }
    macro_rules! words {
        ($index:literal, $key:literal) => {
            text!(
                from "(SELECT * FROM posts
                       WHERE project_id = $1
                         AND found_by @@ CAST($5 AS TSQUERY)
                       OFFSET 0) p",
                where "($2 IS NULL OR p.board_id = $2)",
                key $key
            )
        };
    }
    macro_rules! statuses {
        ($index:literal, $key:literal) => {
            text!(
                // They are few, or this way would not have been chosen: the order is here for its index.
                from "jsonb_array_elements_text(CAST($4 AS JSONB)) w
                      CROSS JOIN LATERAL (
                        SELECT * FROM posts
                        WHERE project_id = $1
                          AND status_id = w
                        ORDER BY votes DESC, id DESC
                        LIMIT 5001) p",
                where "($2 IS NULL OR p.board_id = $2)",
                key $key
            )
        };
    }
    macro_rules! author {
        ($index:literal, $key:literal) => {
            text!(
                from "(SELECT * FROM posts WHERE project_id = $1 AND author_id = $6 OFFSET 0) p",
                where "($2 IS NULL OR p.board_id = $2)",
                key $key
            )
        };
    }
    match source {
        Source::Project => by_sort!(sort, project),
        Source::Board => by_sort!(sort, board),
        Source::ProjectNext => by_sort!(sort, project_next),
        Source::BoardNext => by_sort!(sort, board_next),
        Source::Words => by_sort!(sort, words),
        Source::Statuses => by_sort!(sort, statuses),
        Source::Author => by_sort!(sort, author),
    }
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
