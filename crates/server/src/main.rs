//! The upvow program. All of it is in the library, so that the tests start the same parts.

/// Memory that is given back is wiped first, whoever had it: buffers of HTTP, scratch space of JSON, strings of others.
#[global_allocator]
static WIPING: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);

fn main() -> std::process::ExitCode {
    upvow_server::main()
}
