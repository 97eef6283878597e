//! What the checks of the promises count among the cases. These look at everybody's, because the program itself asks; none
//! gives a case to anybody.

use upvow_db::{Result, Tx, args};
use upvow_domain::Time;

/// Cases that went on although nothing says by which proof of who asks.
pub async fn without_proof(tx: &mut Tx) -> Result<i64> {
    tx.count(
        "SELECT COUNT(*) FROM cases c
         WHERE c.state IN ('verified', 'working', 'done')
           AND (c.verified_at IS NULL
                OR NOT EXISTS (SELECT 1 FROM case_events e
                               WHERE e.case_id = c.id
                                 AND e.code = 'verified'
                                 AND e.detail IN ('admin', 'site', 'person', 'atlassian')))",
        vec![],
    )
    .await
}

/// Cases of which nobody showed who asks, and for which something was done all the same.
pub async fn acted_on_a_form(tx: &mut Tx) -> Result<i64> {
    tx.count(
        "SELECT COUNT(*) FROM cases c
         WHERE NOT EXISTS (SELECT 1 FROM case_events e WHERE e.case_id = c.id AND e.code = 'verified')
           AND (c.state NOT IN ('open', 'denied')
                OR c.grant_id IS NOT NULL
                OR EXISTS (SELECT 1 FROM case_erasures d WHERE d.case_id = c.id)
                OR EXISTS (SELECT 1 FROM case_exports x WHERE x.case_id = c.id))",
        vec![],
    )
    .await
}

/// Copies that could be fetched by whoever comes, for longer than `within` (in milliseconds), or for a case that is not
/// one for a copy.
pub async fn loose_copies(tx: &mut Tx, within: i64, now: Time) -> Result<i64> {
    tx.count(
        "SELECT COUNT(*) FROM case_exports x
         JOIN cases c ON c.id = x.case_id
         WHERE LENGTH(x.browser_hash) <> 32
            OR c.kind <> 'export'
            OR c.verified_at IS NULL
            OR x.expires_at > c.verified_at + $1
            OR (x.expires_at > $2 AND c.state <> 'verified')",
        args![within, now],
    )
    .await
}

/// Copies that are over since before `before` and are still there.
pub async fn copies_left(tx: &mut Tx, before: Time) -> Result<i64> {
    tx.count(
        "SELECT COUNT(*) FROM case_exports WHERE expires_at <= $1",
        args![before],
    )
    .await
}

/// Links of cases whose secret is not kept as a hash.
pub async fn open_links(tx: &mut Tx) -> Result<i64> {
    tx.count(
        "SELECT COUNT(*) FROM cases WHERE secret_hash IS NOT NULL AND LENGTH(secret_hash) <> 32",
        vec![],
    )
    .await
}
