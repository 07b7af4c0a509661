use std::io::{self, Read};

/// What a compressed stream starts with.
pub(crate) const XZ: &[u8] = b"\xfd7zXZ\0";
pub(crate) const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";

/// How many streams of xz the bytes hold, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Streams {
    /// One; what is after it is not looked at.
    One,
    /// All there are; anything else after them is an error.
    All,
}

/// A compressed stream that is damaged.
#[derive(Debug, thiserror::Error)]
#[error("bad {method} stream: {source}")]
pub struct StreamError {
    /// xz or zstd.
    pub method: &'static str,
    /// What the decompressor says.
    pub source: io::Error,
}

/// The name of the compression of these bytes, and a reader that decompresses them. `None` if it is neither xz nor zstd.
pub(crate) fn open(bytes: &[u8], streams: Streams) -> Option<(&'static str, io::Result<Box<dyn Read + '_>>)> {
    if bytes.starts_with(XZ) {
        Some(("xz", Ok(Box::new(lzma_rust2::XzReader::new(bytes, streams == Streams::All)))))
    } else if bytes.starts_with(ZSTD) {
        let decoder = ruzstd::decoding::StreamingDecoder::new(bytes).map_err(io::Error::other);
        Some(("zstd", decoder.map(|decoder| Box::new(decoder) as Box<dyn Read>)))
    } else {
        None
    }
}
