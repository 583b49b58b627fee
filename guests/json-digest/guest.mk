sources := main.c parse.c text.c canonical.c
accelerators :=
