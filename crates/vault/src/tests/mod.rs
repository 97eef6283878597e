//! Stories about the vault, each told with SQLite and, where `UPVOW_TEST_POSTGRES_URL` names a server, with
//! PostgreSQL.

mod epochs;
mod erasures;
mod grants;
mod house;
mod ledger_file;
mod opening;
mod refreshes;
mod sealing;
mod small_secrets;
