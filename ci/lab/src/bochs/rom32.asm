; Makes Bochs bring the image into place; the text that follows this one enters it.
protected:
    mov eax, BOOT_DATA
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
