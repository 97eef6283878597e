//! The upvow program. All of it is in the library, so that the tests start the same parts.

fn main() -> std::process::ExitCode {
    upvow_server::main()
}
