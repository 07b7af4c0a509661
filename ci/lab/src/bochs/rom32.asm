; Brings the image in place, then enters long mode.
protected:
    mov eax, 18h
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov esp, PARAMETERS

    mov ebx, IMAGE + BLOCK              ; uses up the spare blocks: see memory.rs
.spare:
    cmp dword [ebx], LAST_SPARE
    je .spent
    add ebx, BLOCK
    cmp ebx, KERNEL
    jb .spare
    jmp lost
.spent:
    mov ebx, KERNEL
.touch:
    mov eax, [ebx]
    add ebx, BLOCK
    cmp ebx, IMAGE_END
    jb .touch
    cmp dword [IMAGE_END - BLOCK], END_MARK
    jne lost

    mov edi, TABLES                     ; one gigabyte, identity mapped by 2 MiB pages
    mov eax, 0
    mov ecx, 3 * 400h
    rep stosd
    mov dword [TABLES], TABLES + 1003h
    mov dword [TABLES + 1000h], TABLES + 2003h
    mov edi, TABLES + 2000h
    mov eax, 83h
.page:
    mov [edi], eax
    add edi, 8
    add eax, 200000h
    cmp eax, 40000000h
    jb .page
    mov eax, cr4
    or eax, 20h                         ; CR4.PAE
    mov cr4, eax
    mov eax, TABLES
    mov cr3, eax
    mov ecx, 0C0000080h                 ; EFER.LME
    rdmsr
    or eax, 100h
    wrmsr
    mov eax, cr0
    or eax, 80000000h                   ; CR0.PG
    mov cr0, eax
    jmp 10h:long

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
