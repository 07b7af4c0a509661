; The option ROM. The BIOS looks for ROMs after it has written its memory map and its ACPI tables, and calls byte 3 of each.
    db 55h, 0AAh, SECTORS
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
    mov di, 2D0h
.entry:
    mov eax, 0E820h
    mov edx, 534D4150h
    mov ecx, 20
    int 15h
    jc .mapped
    inc byte [es:1E8h]
    add di, 20
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
    jmp dword 8:protected

    align 8
segments:                               ; the boot protocol wants its code at 10h and its data at 18h
    dq 0, CODE32, CODE64, DATA32
descriptors:
    dw 31
    dd ROM + segments
