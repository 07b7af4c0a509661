//! Numbers of kernel releases.

/// The first three numbers of a kernel release or version (`6.12.117-generic`, Debian's `6.1.192-2`); missing ones count as 0. `None`
/// if it does not begin with a number.
pub fn release_numbers(release: &str) -> Option<[u32; 3]> {
    let end = release.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(release.len());
    let mut parts = release.get(..end)?.split('.').filter(|part| !part.is_empty()).map(str::parse::<u32>);
    let first = parts.next()?.ok()?;
    let mut next = || parts.next().and_then(Result::ok).unwrap_or(0);
    Some([first, next(), next()])
}
