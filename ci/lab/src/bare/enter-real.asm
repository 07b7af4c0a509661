; Into real mode: follows enter.asm. Segments keep the limits that they are loaded with here.
    lgdt [LOW_GDTR]
    mov  eax, LOW_DATA16
    mov  ds, eax
    mov  es, eax
    mov  gs, eax
    mov  ss, eax
    mov  fs, [START_FAR]                        ; 64 KiB like the others, or 4 GiB
    jmp  LOW_CODE16:narrow
