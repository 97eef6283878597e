//! Full text: what the two databases call a query. [`Words`] are letters and digits only, so nothing a reader types
//! is ever syntax here, and both databases hold the words of posts as the program made them.

use upvow_db::{Result, Tx, args};
use upvow_domain::{PersonId, ProjectId, search::Words};

use crate::posts::{PostRow, columns};

/// A word that more posts have than this says little about any of them.
const COMMON: i64 = 1_000;

/// A query that every post with all of these words answers. On SQLite common words are left out of it, because to find
/// what begins with one it gathers all posts that do; the statement looks at the posts again for all of the words.
pub(crate) async fn all_of(tx: &mut Tx, project: ProjectId, words: &Words) -> Result<String> {
    if tx.pick("sqlite", "postgres") == "postgres" {
        let terms: Vec<_> = words.as_slice().iter().map(|w| begun(tx, w)).collect();
        return Ok(terms.join(" & "));
    }
    let telling = telling(tx, project, words).await?;
    let terms: Vec<_> = if telling.is_empty() {
        words.as_slice().iter().map(|w| begun(tx, w)).collect()
    } else {
        telling.iter().map(|w| begun(tx, w)).collect()
    };
    Ok(terms.join(" AND "))
}

/// The words that not very many posts have.
async fn telling(tx: &mut Tx, project: ProjectId, words: &Words) -> Result<Vec<String>> {
    let mut telling = vec![];
    for word in words.as_slice() {
        if !is_common(tx, project, word).await? {
            telling.push(word.clone());
        }
    }
    Ok(telling)
}

/// A query for one word, perhaps only begun.
fn begun(tx: &Tx, word: &str) -> String {
    format!("{}{}", whole(tx, word), tx.pick("*", ":*"))
}

/// A query for one word as it is.
fn whole(tx: &Tx, word: &str) -> String {
    let quote = tx.pick("\"", "'");
    format!("{quote}{word}{quote}")
}

/// The words as a JSON array, for statements that look at each of them.
pub(crate) fn json(words: &[String]) -> String {
    serde_json::Value::from(words).to_string()
}

/// The five posts that have most of these words, those with them in the title first. Words that very many posts have
/// are left out if there are others, and of what is left the newest thousand posts are looked at: this runs while
/// somebody types.
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
    let mut telling = telling(tx, project, words).await?;
    let terms: Vec<_> = if telling.is_empty() {
        telling = words.as_slice().to_vec();
        telling.iter().map(|word| whole(tx, word)).collect()
    } else {
        telling.iter().map(|word| begun(tx, word)).collect()
    };
    let query = terms.join(tx.pick(" OR ", " | "));
    let words = json(&telling);
    let sql = tx.pick(
        concat!(
            "SELECT ",
            columns!(),
            " FROM (
                SELECT rowid AS found
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
             ORDER BY (
                SELECT SUM((instr(p.words, ' ' || w.value) > 0) + (instr(lower(p.title), w.value) > 0))
                FROM json_each($5) w) DESC, p.votes DESC, p.id DESC
             LIMIT 5"
        ),
        concat!(
            "SELECT ",
            columns!(),
            " FROM (
                SELECT *
                FROM posts
                WHERE project_id = $1
                  AND found_by @@ CAST($2 AS TSQUERY)
                ORDER BY id DESC
                LIMIT 1000) p
             JOIN boards b ON b.id = p.board_id
             JOIN statuses s ON s.id = p.status_id
             LEFT JOIN votes v ON v.post_id = p.id AND v.person_id = $4
             WHERE $3 OR b.visibility = 'public'
             ORDER BY (
                SELECT SUM(CASE WHEN strpos(p.words, ' ' || w) > 0 THEN 1 ELSE 0 END
                    + CASE WHEN strpos(lower(p.title), w) > 0 THEN 1 ELSE 0 END)
                FROM jsonb_array_elements_text(CAST($5 AS JSONB)) w) DESC, p.votes DESC, p.id DESC
             LIMIT 5"
        ),
    );
    tx.all(sql, args![project, query, all_boards, viewer, words])
        .await
}

async fn is_common(tx: &mut Tx, project: ProjectId, word: &str) -> Result<bool> {
    let query = whole(tx, word);
    let sql = tx.pick(
        // Other projects' posts count too: the index knows no projects, and it is an estimate.
        "SELECT CAST(COUNT(*) AS BIGINT)
         FROM (SELECT rowid FROM post_search WHERE post_search MATCH $2 LIMIT $3) found",
        "SELECT CAST(COUNT(*) AS BIGINT)
         FROM (
            SELECT id FROM posts
            WHERE project_id = $1
              AND found_by @@ CAST($2 AS TSQUERY)
            LIMIT $3) found",
    );
    Ok(tx.count(sql, args![project, query, COMMON]).await? >= COMMON)
}
