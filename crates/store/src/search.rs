//! Full text: what the two databases call a query. [`Words`] are letters and digits only, so nothing a reader types
//! is ever syntax here.

use upvow_db::{Result, Tx, args};
use upvow_domain::{PersonId, ProjectId, search::Words};

use crate::posts::{PostRow, columns};

/// A query for posts that have all of these words, each perhaps only begun.
pub(crate) fn all_of(tx: &Tx, words: &Words) -> String {
    join(tx, words, tx.pick(" AND ", " & "))
}

/// A query for posts that have any of these words.
fn any_of(tx: &Tx, words: &Words) -> String {
    join(tx, words, tx.pick(" OR ", " | "))
}

fn join(tx: &Tx, words: &Words, with: &str) -> String {
    let (quote, prefix) = (tx.pick("\"", "'"), tx.pick("*", ":*"));
    let terms: Vec<_> = words
        .as_slice()
        .iter()
        .map(|word| format!("{quote}{word}{quote}{prefix}"))
        .collect();
    terms.join(with)
}

/// How many posts have all of these words, but not counted beyond `most`.
pub(crate) async fn count(tx: &mut Tx, project: ProjectId, query: &str, most: i64) -> Result<i64> {
    let sql = tx.pick(
        // Other projects' posts are counted too: it is an estimate, and the index knows no projects.
        "SELECT CAST(COUNT(*) AS BIGINT)
         FROM (SELECT rowid FROM post_search WHERE post_search MATCH $2 LIMIT $3) found",
        "SELECT CAST(COUNT(*) AS BIGINT)
         FROM (
            SELECT id FROM posts
            WHERE project_id = $1
              AND words @@ to_tsquery('simple', $2)
            LIMIT $3) found",
    );
    tx.count(sql, args![project, query, most]).await
}

/// The five posts that say most of these words. Of a word that very many posts have, the newest thousand are looked
/// at: this runs while somebody types.
pub async fn similar(
    tx: &mut Tx,
    project: ProjectId,
    words: &Words,
    all_boards: bool,
    viewer: Option<PersonId>,
) -> Result<Vec<PostRow>> {
    if words.is_empty() {
        return Ok(vec![]);
    }
    let query = any_of(tx, words);
    let sql = tx.pick(
        concat!(
            "SELECT ",
            columns!(),
            " FROM (
                SELECT rowid AS found, bm25(post_search, 4.0, 1.0) AS distance
                FROM post_search
                WHERE post_search MATCH $2
                ORDER BY rowid DESC
                LIMIT 1000) f
             CROSS JOIN posts p ON p.rowid = f.found
             JOIN boards b ON b.id = p.board_id
             JOIN statuses s ON s.id = p.status_id
             LEFT JOIN votes v ON v.post_id = p.id AND v.person_id = $4
             WHERE p.project_id = $1
               AND ($3 OR b.visibility = 'public')
             ORDER BY f.distance, p.votes DESC, p.id DESC
             LIMIT 5"
        ),
        concat!(
            "SELECT ",
            columns!(),
            " FROM (
                SELECT *
                FROM posts
                WHERE project_id = $1
                  AND words @@ to_tsquery('simple', $2)
                ORDER BY id DESC
                LIMIT 1000) p
             JOIN boards b ON b.id = p.board_id
             JOIN statuses s ON s.id = p.status_id
             LEFT JOIN votes v ON v.post_id = p.id AND v.person_id = $4
             WHERE $3 OR b.visibility = 'public'
             ORDER BY ts_rank(p.words, to_tsquery('simple', $2)) DESC, p.votes DESC, p.id DESC
             LIMIT 5"
        ),
    );
    tx.all(sql, args![project, query, all_boards, viewer]).await
}
