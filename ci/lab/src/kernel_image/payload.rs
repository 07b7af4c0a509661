//! Decompresses the kernel within a bzImage.

use std::io::{self, Read};

use super::Error;
use crate::stream::{Streams, open};

/// No kernel is larger than this, in bytes: what claims to be is damaged.
const LARGEST: u32 = 1 << 30;

/// Decompresses the kernel within a bzImage.
///
/// Errors: an unknown method, damage, or another length than the one promised.
pub(super) fn decompress(payload: &[u8]) -> Result<Vec<u8>, Error> {
    // The last four bytes are the length of what comes out, added by the kernel's build after compression.
    let Some((compressed, length)) = payload.split_last_chunk::<4>() else {
        return Err(Error::Compression("nothing".to_owned()));
    };
    let want = u32::from_le_bytes(*length);
    let Some((method, stream)) = open(compressed, Streams::One) else {
        return Err(Error::Compression(name(compressed)));
    };
    let kernel = stream.and_then(|stream| collect(stream, want));
    let kernel = kernel.map_err(|source| Error::Decompress { method, source })?;
    if kernel.len() != want as usize {
        return Err(Error::Length { have: kernel.len(), want });
    }
    Ok(kernel)
}

/// One byte more than promised is read, so that a longer kernel is noticed, and no more than that, so that a damaged
/// file cannot fill the memory.
fn collect(decoder: impl Read, want: u32) -> io::Result<Vec<u8>> {
    let mut kernel = Vec::with_capacity(want.min(LARGEST) as usize);
    decoder.take(u64::from(want.min(LARGEST)) + 1).read_to_end(&mut kernel)?;
    Ok(kernel)
}

fn name(compressed: &[u8]) -> String {
    match compressed {
        [0x1f, 0x8b, ..] => "gzip".to_owned(),
        [b'B', b'Z', b'h', ..] => "bzip2".to_owned(),
        [0x5d, 0, 0, ..] => "lzma".to_owned(),
        [0x89, b'L', b'Z', b'O', ..] => "lzo".to_owned(),
        [0x02, 0x21, 0x4c, 0x18, ..] => "lz4".to_owned(),
        other => format!("something that begins with {:02x?}", &other[..other.len().min(4)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_without_a_decompressor_are_named() {
        for (bytes, want) in [(&b"\x1f\x8b\x08\0\0\0\0\0"[..], "gzip"), (b"\x02\x21\x4c\x18\0\0\0\0", "lz4")] {
            let error = decompress(bytes).unwrap_err().to_string();
            assert!(error.contains(want), "{error}");
        }
    }

    #[test]
    fn damage_is_told() {
        for bytes in
            [&b"\xfd7zXZ\0 and then nothing of the kind\x10\0\0\0"[..], b"\x28\xb5\x2f\xfd\xff\xff\xff\x10\0\0\0"]
        {
            let error = decompress(bytes).unwrap_err();
            assert!(matches!(error, Error::Decompress { .. }), "{error}");
        }
        assert!(matches!(decompress(b"ab"), Err(Error::Compression(_))));
    }
}
