//! Stories about the vault, each told with SQLite and, where `UPVOW_TEST_POSTGRES_URL` names a server, with
//! PostgreSQL.

mod accounts;
mod epochs;
mod erasures;
mod grants;
mod house;
#[cfg(target_os = "linux")]
mod kills;
mod ledger_file;
mod merges;
mod opening;
mod places;
mod power_cuts;
mod refreshes;
mod root_keys;
mod sealing;
mod signing;
mod small_secrets;
