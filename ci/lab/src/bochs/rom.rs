//! The option ROM that starts the kernel: its code, and the parameters that it copies into place.

use guests::asm::{Region, Unit};

use super::Error;
use super::memory::{self, Image};
use crate::hardware;
use crate::kernel_image::{Flat, SetupHeader};

/// Where the BIOS finds the ROM.
pub(super) const ADDRESS: u64 = 0xd_0000;

/// The ROM: code, then from here on what it copies to [`PARAMETERS`].
const TEMPLATE: usize = 0x800;

/// Size of the boot parameters ("zero page"), in bytes.
const PARAMETERS_SIZE: usize = 0x1000;

/// Size of the command line with the zero that ends it, in bytes.
const COMMAND_LINE_SIZE: usize = 0x800;

/// Size of the ROM, in bytes.
const SIZE: usize = TEMPLATE + PARAMETERS_SIZE + COMMAND_LINE_SIZE;

/// Boot parameters, the command line after them, page tables after those: low memory that the BIOS leaves alone.
const PARAMETERS: u64 = 0x1_0000;

/// Three page tables.
const TABLES: u64 = PARAMETERS + 0x2000;

/// Fields of the boot parameters that a loader writes (Linux, Documentation/arch/x86/boot.rst, "Details of Header Fields").
const TYPE_OF_LOADER: usize = 0x210;
/// A loader without a number of its own.
const OTHER_LOADER: u8 = 0xff;
/// Address of the initramfs, of 32 bits.
const RAMDISK_IMAGE: usize = 0x218;
/// Its size in bytes, of 32 bits.
const RAMDISK_SIZE: usize = 0x21c;
/// Address of the command line, of 32 bits.
const CMD_LINE_PTR: usize = 0x228;

/// What the BIOS and the kernel want, for the ROM's text.
const INTERFACES: [(&str, u64); 10] = [
    // The first two bytes of an option ROM (PCI Firmware Specification, "PCI Expansion ROM Header Format").
    ("ROM_SIGNATURE", 0xaa55),
    // The BIOS' memory map: INT 15h with these in EAX and EDX writes a range of so many bytes (ACPI Specification, "INT 15H, E820H -
    // Query System Address Map").
    ("SYSTEM_SERVICES", 0x15),
    ("QUERY_MEMORY", 0xe820),
    ("SMAP", 0x534d_4150),
    ("RANGE_BYTES", 20),
    // Where the boot parameters have the number of ranges, and the ranges (Linux, Documentation/arch/x86/zero-page.rst).
    ("E820_ENTRIES", 0x1e8),
    ("E820_TABLE", 0x2d0),
    // Selectors: that of the ROM's own code, and __BOOT_CS and __BOOT_DS (Linux, Documentation/arch/x86/boot.rst).
    ("ROM_CODE32", 0x08),
    ("BOOT_CODE64", 0x10),
    ("BOOT_DATA", 0x18),
];

/// Bochs ends if `Shutdown` is written to this port (Bochs, iodev/unmapped.cc).
const SHUTDOWN: u64 = 0x8900;

/// The option ROM that starts `kernel` once `image` is in memory.
///
/// Errors: the text of the ROM is wrong.
pub(super) fn build(kernel: &Flat, image: &Image, command_line: &str) -> Result<Vec<u8>, Error> {
    let mut rom = assemble(kernel.entry, image, true)?;
    rom[TEMPLATE..TEMPLATE + PARAMETERS_SIZE].copy_from_slice(&parameters(kernel, image));
    // The kernel wants a zero after it.
    let room = &mut rom[TEMPLATE + PARAMETERS_SIZE..SIZE - 1];
    room.iter_mut().zip(command_line.bytes()).for_each(|(at, byte)| *at = byte);
    Ok(with_checksum(rom))
}

/// The option ROM that enters an image without a kernel in 32-bit protected mode, with flat segments.
pub(super) fn build_bare(entry: u64, image: &Image) -> Result<Vec<u8>, Error> {
    Ok(with_checksum(assemble(entry, image, false)?))
}

/// The BIOS calls only a ROM whose bytes add up to zero.
fn with_checksum(mut rom: Vec<u8>) -> Vec<u8> {
    let sum = rom.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    rom[SIZE - 1] = sum.wrapping_neg();
    rom
}

fn assemble(entry: u64, image: &Image, long: bool) -> Result<Vec<u8>, Error> {
    let own = [
        ("ROM", ADDRESS),
        ("SECTORS", SIZE as u64 / 512),
        ("TEMPLATE", TEMPLATE as u64),
        ("TEMPLATE_SIZE", (PARAMETERS_SIZE + COMMAND_LINE_SIZE) as u64),
        ("PARAMETERS", PARAMETERS),
        ("TABLES", TABLES),
        ("IMAGE", image.address),
        ("IMAGE_END", image.end),
        ("KERNEL", image.start),
        ("ENTRY", entry),
        ("BOCHS_SHUTDOWN", SHUTDOWN),
        ("BLOCK", memory::BLOCK),
        ("LAST_SPARE", memory::LAST_SPARE.into()),
        ("END_MARK", memory::END_MARK.into()),
    ];
    let constants = [&own[..], &INTERFACES].concat();
    // A label of 16-bit code is an offset into the ROM's segment, one of wider code a linear address.
    let region = |start: u64, end: u64, base, bits, units| Region {
        start: ADDRESS + start,
        end: ADDRESS + end,
        base,
        bits,
        units,
    };
    let unit = |name, text| Unit { name, text };
    // Units are aligned, and execution runs from one text into the next.
    let rom32 = match long {
        true => concat!(include_str!("rom32.asm"), include_str!("enter64.asm"), include_str!("lost.asm")),
        false => concat!(include_str!("rom32.asm"), "    mov eax, ENTRY\n    jmp eax\n", include_str!("lost.asm")),
    };
    let regions = [
        region(0, 0x200, ADDRESS, 16, vec![unit("rom", include_str!("rom.asm"))]),
        region(0x200, 0x7c0, 0, 32, vec![unit("rom32", rom32)]),
        region(0x7c0, TEMPLATE as u64, 0, 64, vec![unit("rom64", include_str!("rom64.asm"))]),
    ];
    let assembled = hardware::assemble(&regions, &constants)?;
    let mut rom = vec![0; SIZE];
    for line in assembled.lines {
        let at = (line.address - ADDRESS) as usize;
        rom[at..at + line.bytes.len()].copy_from_slice(&line.bytes);
    }
    Ok(rom)
}

/// The boot parameters, but for the memory map, for which the ROM asks the BIOS.
fn parameters(kernel: &Flat, image: &Image) -> [u8; PARAMETERS_SIZE] {
    let mut page = [0; PARAMETERS_SIZE];
    let header = &kernel.header.bytes;
    page[SetupHeader::OFFSET..SetupHeader::OFFSET + header.len()].copy_from_slice(header);
    let mut write = |at: usize, bytes: &[u8]| page[at..at + bytes.len()].copy_from_slice(bytes);
    write(TYPE_OF_LOADER, &[OTHER_LOADER]);
    // Below 4 GiB: memory.rs has seen to it.
    write(RAMDISK_IMAGE, &(image.initramfs as u32).to_le_bytes());
    write(RAMDISK_SIZE, &(image.initramfs_size as u32).to_le_bytes());
    write(CMD_LINE_PTR, &((PARAMETERS + PARAMETERS_SIZE as u64) as u32).to_le_bytes());
    page
}
