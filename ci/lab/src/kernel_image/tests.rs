//! Whole bzImages, made here, and what is said of damaged ones.

use std::io::Write;

use super::*;

const CODE: &[u8] = b"\x90\x90\xe8\x00\x00\x00\x00 the kernel's code";
const DATA: &[u8] = b"the kernel's data";

/// A vmlinux with two segments and a hole between them; the second has a tail that the file does not hold.
fn elf() -> Vec<u8> {
    let (headers, segment) = (64_u64, 56_u64);
    let mut file = b"\x7fELF\x02\x01\x01".to_vec();
    file.resize(64, 0);
    let code = headers + 2 * segment;
    let data = code + CODE.len() as u64;
    file[18] = 62;
    file[24..32].copy_from_slice(&0x100_0002_u64.to_le_bytes());
    file[32..40].copy_from_slice(&headers.to_le_bytes());
    file[54] = 56;
    file[56] = 2;
    for (offset, address, in_file, size) in
        [(code, 0x100_0000_u64, CODE.len(), CODE.len()), (data, 0x100_2000, DATA.len(), 0x1000)]
    {
        file.extend([1, 0, 0, 0, 5, 0, 0, 0]);
        let virtual_address = 0xffff_ffff_8000_0000 + address;
        for number in [offset, virtual_address, address, in_file as u64, size as u64, 0x1000] {
            file.extend(number.to_le_bytes());
        }
    }
    [file.as_slice(), CODE, DATA].concat()
}

fn bzimage(compressed: &[u8], length: usize) -> Vec<u8> {
    let payload = [compressed, &(length as u32).to_le_bytes()].concat();
    let mut file = vec![0; 2 * 512];
    file[0x1f1] = 1;
    file[0x1fe..0x200].copy_from_slice(&[0x55, 0xaa]);
    file[0x201] = 0x66;
    file[0x202..0x208].copy_from_slice(b"HdrS\x0f\x02");
    file[0x236] = 0x7f;
    file[0x248..0x24c].copy_from_slice(&16_u32.to_le_bytes());
    file[0x24c..0x250].copy_from_slice(&(payload.len() as u32).to_le_bytes());
    file[0x260..0x264].copy_from_slice(&0x5000_u32.to_le_bytes());
    file.extend([0xcc; 16]);
    file.extend(payload);
    file
}

fn flatten(bzimage: &[u8]) -> Result<Flat, Error> {
    Flat::new(bzimage, &vmlinux(bzimage)?)
}

/// As the kernel's build does it: `xz --x86 --lzma2`.
fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut options = lzma_rust2::XzOptions::with_preset(1);
    options.prepend_pre_filter(lzma_rust2::FilterType::BcjX86, 0);
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

#[test]
fn segments_come_to_lie_at_their_physical_addresses() {
    let vmlinux = elf();
    for compressed in [xz(&vmlinux), zstd(&vmlinux)] {
        let flat = flatten(&bzimage(&compressed, vmlinux.len())).unwrap();
        assert_eq!((flat.address, flat.entry, flat.end()), (0x100_0000, 0x100_0002, 0x100_5000));
        assert_eq!(flat.bytes.len(), 0x3000);
        assert!(flat.bytes.starts_with(CODE));
        assert!(flat.bytes[CODE.len()..0x2000].iter().all(|byte| *byte == 0));
        assert!(flat.bytes[0x2000..].starts_with(DATA));
        assert_eq!(flat.header.bytes.len(), 0x202 + 0x66 - 0x1f1);
        assert_eq!(&flat.header.bytes[0x11..0x15], b"HdrS");
    }
}

#[test]
fn what_is_wrong_with_a_bzimage_is_told() {
    let vmlinux = elf();
    let good = bzimage(&zstd(&vmlinux), vmlinux.len());
    let damaged = |at: usize, byte: u8| {
        let mut file = good.clone();
        file[at] = byte;
        file
    };
    let of_elf = |at: usize, byte: u8| {
        let mut file = vmlinux.clone();
        file[at] = byte;
        bzimage(&zstd(&file), file.len())
    };
    let told = [
        ("empty", Vec::new()),
        ("no magic", damaged(0x202, b'h')),
        ("old", damaged(0x206, 4)),
        ("32 bits", damaged(0x236, 0)),
        ("cut short", good[..good.len() - 1].to_vec()),
        ("payload beyond the file", damaged(0x24b, 0xff)),
        ("gzip", bzimage(b"\x1f\x8b\x08\0", 100)),
        ("unknown method", bzimage(b"\0\0\0\0", 100)),
        ("another length", bzimage(&zstd(&vmlinux), vmlinux.len() + 1)),
        ("a longer kernel", bzimage(&xz(&vmlinux), vmlinux.len() - 1)),
        ("not ELF", of_elf(0, 0)),
        ("another machine", of_elf(18, 3)),
        ("no segment", of_elf(56, 0)),
        ("headers outside", of_elf(33, 0xff)),
        ("segment outside", of_elf(64 + 32 + 2, 1)),
        ("entry outside", of_elf(25, 0xff)),
        ("segments far apart", of_elf(64 + 56 + 24 + 6, 1)),
    ]
    .map(|(what, file)| format!("{what}: {}\n", flatten(&file).unwrap_err()))
    .concat();
    insta::assert_snapshot!(told);
}
