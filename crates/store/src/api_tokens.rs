//! API tokens. Of their secret only its hash is here.

use upvow_db::{Result, Tx, args};
use upvow_domain::{PersonId, ProjectId, Time, TokenId};

use crate::row;

row! {
    /// A token as its maker sees it.
    Token {
        /// Its id.
        id: TokenId,
        /// What its maker called it.
        name: String,
        /// Names of `Scope`, with spaces between.
        scopes: String,
        /// When it was made.
        created_at: Time,
        /// When it was last used.
        used_at: Option<Time>,
        /// When it ends by itself.
        expires_at: Option<Time>,
    }
}

row! {
    /// A token with the role its maker has in its project now.
    Known {
        /// Its id.
        id: TokenId,
        /// The project it works in.
        project_id: ProjectId,
        /// Whose.
        person_id: PersonId,
        /// A name of `Role`; `None` is a voter.
        role: Option<String>,
        /// Names of `Scope`, with spaces between.
        scopes: String,
        /// When its use was last noted.
        used_at: Option<Time>,
    }
}

/// Adds a token.
pub async fn insert(
    tx: &mut Tx,
    project: ProjectId,
    person: PersonId,
    token: &Token,
    secret_hash: &[u8],
) -> Result<()> {
    tx.run(
        "INSERT INTO api_tokens
            (id, project_id, person_id, name, secret_hash, scopes, created_at, used_at, expires_at, revoked_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, $8, NULL)",
        args![
            token.id,
            project,
            person,
            token.name.clone(),
            secret_hash,
            token.scopes.clone(),
            token.created_at,
            token.expires_at
        ],
    )
    .await?;
    Ok(())
}

/// A person's living tokens in a project, newest first; before that id, if given.
pub async fn list(
    tx: &mut Tx,
    project: ProjectId,
    person: PersonId,
    before: Option<TokenId>,
    now: Time,
    limit: i64,
) -> Result<Vec<Token>> {
    tx.all(
        "SELECT * FROM api_tokens
         WHERE project_id = $1
           AND person_id = $2
           AND ($3 IS NULL OR id < $3)
           AND revoked_at IS NULL
           AND (expires_at IS NULL OR expires_at > $4)
         ORDER BY id DESC
         LIMIT $5",
        args![project, person, before, now, limit],
    )
    .await
}

/// The living token with this secret, and what its maker is in its project.
pub async fn by_secret(tx: &mut Tx, secret_hash: &[u8], now: Time) -> Result<Option<Known>> {
    tx.one(
        "SELECT t.id, t.project_id, t.person_id, m.role, t.scopes, t.used_at
         FROM api_tokens t
         LEFT JOIN members m ON m.project_id = t.project_id AND m.person_id = t.person_id
         WHERE t.secret_hash = $1
           AND t.revoked_at IS NULL
           AND (t.expires_at IS NULL OR t.expires_at > $2)",
        args![secret_hash, now],
    )
    .await
}

/// Notes a use.
pub async fn touch(tx: &mut Tx, project: ProjectId, id: TokenId, now: Time) -> Result<()> {
    tx.run(
        "UPDATE api_tokens SET used_at = $3 WHERE project_id = $1 AND id = $2",
        args![project, id, now],
    )
    .await?;
    Ok(())
}

/// Ends one of a person's tokens; false if there is none that lives.
pub async fn revoke(
    tx: &mut Tx,
    project: ProjectId,
    person: PersonId,
    id: TokenId,
    now: Time,
) -> Result<bool> {
    let ended = tx
        .run(
            "UPDATE api_tokens
             SET revoked_at = $4
             WHERE project_id = $1
               AND person_id = $2
               AND id = $3
               AND revoked_at IS NULL",
            args![project, person, id, now],
        )
        .await?;
    Ok(ended > 0)
}
