use std::path::Path;

use super::recipe::VGA_BIOS;
use super::{Build, Error, Machine, rom};

/// The bochsrc, with the files of `dir` by their own names: Bochs is started there.
pub(super) fn bochsrc(machine: &Machine, image: u64) -> Result<String, Error> {
    let Machine { build, model, memory_mib, instructions_per_second } = machine;
    let display = match build {
        Build::Debian => "rfb, options=\"timeout=0\"",
        Build::Lab(_) => "nogui",
    };
    if model.is_empty() || !model.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Err(Error::Name(model.clone()));
    }
    let rom = rom::ADDRESS;
    let share = Path::new("/usr/share/bochs");
    let bios = share.join("BIOS-bochs-latest");
    Ok(format!(
        "\
config_interface: textconfig
display_library: {display}
cpu: model={model}, count=1, ips={instructions_per_second}, reset_on_triple_fault=0
memory: guest={memory_mib}, host={memory_mib}
romimage: file={bios}, options=fastboot
vgaromimage: file={vga_bios}
optromimage1: file=rom, address={rom:#x}
optramimage1: file=memory, address={image:#x}
com1: enabled=1, mode=file, dev=console.log
com2: enabled=1, mode=file, dev=results
clock: sync=none
ata0: enabled=0
ata1: enabled=0
log: bochs.log
panic: action=fatal
error: action=ignore
info: action=ignore
debug: action=ignore
",
        bios = bios.display(),
        vga_bios = VGA_BIOS,
    ))
}
