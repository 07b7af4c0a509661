; Ends Bochs if the image is not in place.
lost:                                   ; says so on the console, and ends Bochs by its shutdown port
    mov esi, said
.character:
    lodsb
    test al, al
    jz .shutdown
    mov ecx, eax
    mov dx, SERIAL_STATUS
.busy:
    in al, dx
    test al, SERIAL_EMPTY
    jz .busy
    mov dx, SERIAL_DATA
    mov eax, ecx
    out dx, al
    jmp .character
.shutdown:
    mov esi, shutdown
    mov ecx, 8
    mov dx, BOCHS_SHUTDOWN
    rep outsb
    hlt
said:
    db "boot ROM: Bochs did not load the memory image as expected; use Bochs 2.7", 10, 0
shutdown:
    db "Shutdown"
