; Ends Bochs where the image is not in place.
lost:                                   ; says so on the console, and ends Bochs by its shutdown port
    mov esi, said
.character:
    lodsb
    test al, al
    jz .shutdown
    mov ecx, eax
    mov dx, 3FDh
.busy:
    in al, dx
    test al, 20h
    jz .busy
    mov dx, 3F8h
    mov eax, ecx
    out dx, al
    jmp .character
.shutdown:
    mov esi, shutdown
    mov ecx, 8
    mov dx, 8900h
    rep outsb
    hlt
said:
    db "boot ROM: Bochs did not load the memory image as expected; use Bochs 2.7", 10, 0
shutdown:
    db "Shutdown"
