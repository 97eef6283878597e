//! The erasure of a person of the board, as the registry says it for each field.

use upvow_db::{Tx, args};
use upvow_domain::{PersonId, secret::Email};

use super::{
    Table,
    copy::{key, of_board_people},
    words::Erasure,
};
use crate::Result;

/// Carries it out, in the transaction that deletes the account. What others point at goes last.
pub(crate) async fn carry_out(tx: &mut Tx, person: PersonId, email: &Email) -> Result<()> {
    let mut tables: Vec<&Table> = of_board_people().collect();
    tables.reverse();
    for table in tables {
        let Some((column, _)) = key(table, person, email) else {
            continue;
        };
        let cell = || {
            key(table, person, email)
                .map(|(_, cell)| cell)
                .into_iter()
                .collect()
        };
        let has = |what: Erasure| table.fields.iter().any(|field| field.erasure == what);
        if has(Erasure::NoName) {
            keep_votes(tx, person).await?;
        }
        for (other, points) in table.takes {
            let words = [
                "DELETE FROM",
                other,
                "WHERE",
                points,
                "IN (SELECT id FROM",
                table.name,
                "WHERE",
                column,
                "= $1)",
            ];
            tx.run_made(&words, cell()).await?;
        }
        if has(Erasure::Row) || has(Erasure::NoName) {
            let words = ["DELETE FROM", table.name, "WHERE", column, "= $1"];
            tx.run_made(&words, cell()).await?;
        } else if has(Erasure::Null) {
            let emptied = table.fields.iter().filter(|f| f.erasure == Erasure::Null);
            let mut words = vec!["UPDATE", table.name, "SET"];
            for (at, field) in emptied.enumerate() {
                words.extend([if at == 0 { "" } else { "," }, field.column, "= NULL"]);
            }
            words.extend(["WHERE", column, "= $1"]);
            tx.run_made(&words, cell()).await?;
        }
    }
    Ok(())
}

/// Votes stay as a number for each day: nothing leads to who it was, or from one vote to another.
async fn keep_votes(tx: &mut Tx, person: PersonId) -> Result<()> {
    tx.run(
        "INSERT INTO nameless_votes (post_id, day_at, votes)
         SELECT post_id, created_at - created_at % 86400000, 1
         FROM votes
         WHERE person_id = $1
         ON CONFLICT (post_id, day_at) DO UPDATE SET votes = nameless_votes.votes + 1",
        args![person],
    )
    .await?;
    Ok(())
}
