//! Votes. The post's counters are written by the same transaction, see [`crate::posts`].

use upvow_db::{FromRow, Result, Row, Tx, args};
use upvow_domain::{PersonId, PostId, Time};

use crate::row;

/// Adds a vote; false if it is there already.
pub async fn insert(tx: &mut Tx, post: PostId, person: PersonId, now: Time) -> Result<bool> {
    let added = tx
        .run(
            "INSERT INTO votes (post_id, person_id, created_at)
             VALUES ($1, $2, $3)
             ON CONFLICT (post_id, person_id) DO NOTHING",
            args![post, person, now],
        )
        .await?;
    Ok(added > 0)
}

/// Removes a vote and gives when it was cast, if there was one.
pub async fn delete(tx: &mut Tx, post: PostId, person: PersonId) -> Result<Option<Time>> {
    tx.value(
        "DELETE FROM votes
         WHERE post_id = $1
           AND person_id = $2
         RETURNING created_at",
        args![post, person],
    )
    .await
}

/// When each of a post's votes was cast; of those without a name, on which day.
pub async fn times(tx: &mut Tx, post: PostId) -> Result<Vec<Time>> {
    struct At(Time, i64);
    impl FromRow for At {
        fn from_row(row: &Row) -> Result<Self> {
            Ok(At(row.get("at")?, row.get("votes")?))
        }
    }
    let times = tx
        .all::<At>(
            "SELECT created_at AS at, CAST(1 AS BIGINT) AS votes FROM votes WHERE post_id = $1
             UNION ALL
             SELECT day_at AS at, votes FROM nameless_votes WHERE post_id = $1",
            args![post],
        )
        .await?;
    let each = |at: At| (0..at.1).map(move |_| at.0);
    Ok(times.into_iter().flat_map(each).collect())
}

row! {
    /// Somebody who voted.
    Voter {
        /// Who.
        person_id: PersonId,
        /// Their name on the board.
        name: String,
        /// When.
        created_at: Time,
    }
}

/// Who voted, newest first; before that vote, if given.
pub async fn list(
    tx: &mut Tx,
    post: PostId,
    before: Option<(Time, PersonId)>,
    limit: i64,
) -> Result<Vec<Voter>> {
    // Later than every vote, and after every id in any collation.
    let (at, person) = before.map_or((i64::MAX, "z".to_owned()), |(at, person)| {
        (at.0, person.stored())
    });
    tx.all(
        "SELECT v.person_id, p.name, v.created_at
         FROM votes v
         JOIN people p ON p.id = v.person_id
         WHERE v.post_id = $1
           AND (v.created_at, v.person_id) < ($2, $3)
         ORDER BY v.created_at DESC, v.person_id DESC
         LIMIT $4",
        args![post, at, person, limit],
    )
    .await
}
