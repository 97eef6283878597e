//! The statements of [`super::list`], one for each database, order and source of posts.
//!
//! `$1` project, `$2` board, `$3` all boards, `$4` statuses as JSON, `$5` the words as a query, `$6` author, `$7` viewer,
//! `$8` and `$9` the place to go on from, `$10` how many, `$11` the words as JSON.

use upvow_domain::post::Sort;

use crate::posts::columns;

/// Where the posts of a page come from.
#[derive(Clone, Copy)]
pub(super) enum Source {
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
pub(super) fn sqlite(source: Source, sort: Sort) -> &'static str {
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
pub(super) fn postgres(source: Source, sort: Sort) -> &'static str {
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
