; The option ROM. The BIOS looks for ROMs after it has written its memory map and its ACPI tables, and calls byte 3 of each.
    dw ROM_SIGNATURE
    db SECTORS
    cli
    cld
    mov ax, cs
    mov ds, ax
    mov ax, PARAMETERS >> 4
    mov es, ax
    mov si, TEMPLATE                    ; boot parameters, and the command line after them
    mov di, 0
    mov cx, TEMPLATE_SIZE / 2
    rep movsw

    mov ebx, 0                          ; the BIOS' memory map goes to the boot parameters' e820_table
    mov di, E820_TABLE
.entry:
    mov eax, QUERY_MEMORY
    mov edx, SMAP
    mov ecx, RANGE_BYTES
    int SYSTEM_SERVICES
    jc .mapped
    inc byte [es:E820_ENTRIES]
    add di, RANGE_BYTES
    test ebx, ebx
    jnz .entry
.mapped:
    cli
    in al, SYSTEM_CONTROL_A             ; address line 20
    or al, A20
    out SYSTEM_CONTROL_A, al
    lgdt [cs:descriptors]
    mov eax, cr0
    or al, CR0_PE
    mov cr0, eax
    jmp dword ROM_CODE32:protected

    align 8
segments:                               ; as ROM_CODE32, BOOT_CODE64 and BOOT_DATA number them
    dq 0, CODE32, CODE64, DATA32
descriptors:
    dw descriptors - segments - 1
    dd ROM + segments
