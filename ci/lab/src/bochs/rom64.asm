; The kernel's startup_64, by the 64-bit boot protocol.
long:
    mov esi, PARAMETERS
    mov rax, ENTRY
    jmp rax
