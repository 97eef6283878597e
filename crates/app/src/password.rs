//! Passwords: argon2id, away from the async threads, a few at a time.

use std::sync::LazyLock;

use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;
use upvow_domain::secret::{Password, PasswordHash};

use crate::{AppError, Result, random};

/// Each takes 19 MiB and some 30 ms of a core: many at once must not starve the rest.
static AT_ONCE: Semaphore = Semaphore::const_new(4);

/// What an unknown address is compared with, so that it takes as long as a known one.
static NOBODY: LazyLock<PasswordHash> = LazyLock::new(|| {
    compute(&Password::new(random::secret())).unwrap_or_else(|| PasswordHash::new(String::new()))
});

/// What to keep of a password.
pub(crate) async fn hash(password: Password) -> Result<PasswordHash> {
    apart(move || compute(&password))
        .await?
        .ok_or(AppError::Internal {
            code: "password_hash",
        })
}

/// Whether it is the password; without one to compare with, it takes the same time to say no.
pub(crate) async fn is_right(password: Password, kept: Option<PasswordHash>) -> Result<bool> {
    apart(move || {
        let known = kept.is_some();
        let kept = kept.unwrap_or_else(|| NOBODY.clone());
        let right = Argon2::default()
            .verify_password(password.expose().as_bytes(), kept.expose())
            .is_ok();
        right && known
    })
    .await
}

fn compute(password: &Password) -> Option<PasswordHash> {
    let salt = random::bytes::<16>();
    Argon2::default()
        .hash_password_with_salt(password.expose().as_bytes(), &salt)
        .ok()
        .map(|hash| PasswordHash::new(hash.to_string()))
}

async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let broken = AppError::Internal {
        code: "password_task",
    };
    let Ok(_turn) = AT_ONCE.acquire().await else {
        return Err(broken);
    };
    tokio::task::spawn_blocking(work).await.map_err(|_| broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> Password {
        Password::new(text.to_owned())
    }

    #[tokio::test]
    async fn only_the_right_one_is_right_and_nobody_has_one() {
        let kept = hash(word("a short sentence")).await.unwrap();
        assert!(kept.expose().starts_with("$argon2id$"));
        assert!(
            is_right(word("a short sentence"), Some(kept.clone()))
                .await
                .unwrap()
        );
        assert!(
            !is_right(word("A short sentence"), Some(kept))
                .await
                .unwrap()
        );
        assert!(!is_right(word("a short sentence"), None).await.unwrap());
        let broken = PasswordHash::new("no hash".to_owned());
        assert!(!is_right(word("no hash"), Some(broken)).await.unwrap());
    }
}
