use std::fs;
use std::path::Path;

use super::{Error, Flat, SetupHeader};

/// Begins a stored layout. The number changes with the form.
const MAGIC: &[u8; 16] = b"lab kernel map 1";

impl Flat {
    /// Writes the layout to a file, which appears under its name only when it is complete.
    ///
    /// Errors: the file cannot be written.
    pub fn store(&self, path: &Path) -> Result<(), Error> {
        let io = |source| Error::Io { what: "write", path: path.to_owned(), source };
        let header = &self.header.bytes;
        let numbers = [self.address, self.entry, self.header.init_size.into(), header.len() as u64];
        let mut file = MAGIC.to_vec();
        file.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        file.extend(header);
        file.extend(&self.bytes);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let whole = tempfile::NamedTempFile::new_in(folder).map_err(io)?;
        fs::write(whole.path(), file).map_err(io)?;
        whole.persist(path).map_err(|error| io(error.error))?;
        Ok(())
    }

    /// Reads a stored layout.
    ///
    /// Errors: the file cannot be read, or is something else.
    pub fn load(path: &Path) -> Result<Flat, Error> {
        let file = fs::read(path).map_err(|source| Error::Io { what: "read", path: path.to_owned(), source })?;
        parse(&file).map_err(|why| Error::Store { path: path.to_owned(), why: why.to_owned() })
    }
}

fn parse(file: &[u8]) -> Result<Flat, &'static str> {
    let short = "it is too short";
    let rest = file.strip_prefix(MAGIC).ok_or("it does not begin like one")?;
    let (numbers, rest) = rest.split_first_chunk::<32>().ok_or(short)?;
    let mut numbers =
        numbers.chunks_exact(8).map(|bytes| bytes.iter().rev().fold(0, |sum, b| sum << 8 | u64::from(*b)));
    let mut number = || numbers.next().unwrap_or_default();
    let (address, entry, init_size, length) = (number(), number(), number(), number());
    let init_size = u32::try_from(init_size).map_err(|_| "its numbers are too large")?;
    let length = usize::try_from(length).map_err(|_| "its numbers are too large")?;
    let (header, bytes) = rest.split_at_checked(length).ok_or(short)?;
    let end =
        address.checked_add(bytes.len() as u64).filter(|end| *end <= 1 << 32).ok_or("its numbers are too large")?;
    if !(address..end).contains(&entry) {
        return Err("its entry point lies outside");
    }
    let header = SetupHeader { bytes: header.to_vec(), init_size, payload: 0..0 };
    Ok(Flat { address, entry, bytes: bytes.to_vec(), header })
}
