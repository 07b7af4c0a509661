use std::io::Read;

use crate::stream::{StreamError, Streams, open};

/// Decompresses what is compressed by xz or zstd, and leaves anything else as it is. Errors: the stream is damaged.
pub fn decompress(bytes: Vec<u8>) -> Result<Vec<u8>, StreamError> {
    let Some((method, stream)) = open(&bytes, Streams::All) else { return Ok(bytes) };
    let mut out = Vec::new();
    let read = stream.and_then(|mut stream| stream.read_to_end(&mut out));
    read.map(|_| out).map_err(|source| StreamError { method, source })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::decompress;
    use crate::stream::{XZ, ZSTD};

    #[test]
    fn what_is_not_compressed_stays() {
        assert_eq!(decompress(b"\x7fELF".to_vec()).unwrap(), b"\x7fELF");
    }

    #[test]
    fn a_cut_stream_is_an_error() {
        for magic in [XZ, ZSTD] {
            let mut bytes = magic.to_vec();
            bytes.extend([1, 2, 3]);
            assert!(decompress(bytes).unwrap_err().to_string().contains("bad"));
        }
    }

    #[test]
    fn what_was_compressed_comes_back() {
        let text = b"irqbypass kvm kvm-amd".repeat(99);
        let mut xz = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
        xz.write_all(&text).unwrap();
        assert_eq!(decompress(xz.finish().unwrap()).unwrap(), text);
        let zstd = ruzstd::encoding::compress_to_vec(text.as_slice(), ruzstd::encoding::CompressionLevel::Fastest);
        assert_eq!(decompress(zstd).unwrap(), text);
    }
}
