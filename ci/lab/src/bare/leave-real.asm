; The end of a guest in real mode. The guest's last instruction jumps to `done` or `fault`.
done:
    mov  al, DONE
    jmp  leave
fault:
    mov  al, FAULT
leave:
    mov  [cs:LOW_RSP], esp
    mov  [cs:LOW_PORT], al
    lgdt [cs:LOW_GDTR]
    mov  eax, cr0
    or   al, CR0_PE
    mov  cr0, eax
    jmp  dword OWN_CODE:narrow_again
