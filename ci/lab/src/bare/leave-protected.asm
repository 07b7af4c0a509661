; The end of a guest in protected mode. The guest's last instruction jumps to `done` or `fault`, at its own privilege level;
; SYSENTER leaves that level even if the guest destroyed its gates and stacks.
done:
    mov  al, DONE
    jmp  leave
fault:
    mov  al, FAULT
leave:
    mov  [LOW_RSP], esp
    mov  [LOW_PORT], al
    sysenter
left:
    lgdt [LOW_GDTR]
    jmp  narrow_again
