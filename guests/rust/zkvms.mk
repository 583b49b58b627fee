# The guests for SP1 v6, RISC Zero and as programs of the host:
#   make GUEST zkvm=sp1              out/sp1/GUEST.elf, in the variant that the file GUEST/variant names
#   make GUEST-VARIANT zkvm=risc0    out/risc0/GUEST-VARIANT.elf
#   make GUEST zkvm="sp1 native"     both; a program of the host is out/native/GUEST
# Their compiler is the one of the guests for ZisK, elf/toolchain.txt.
# The variant ziskos is ZisK's only. What a zkVM has no precompile for is computed in software.
unknown := $(filter-out zisk sp1 risc0 native,$(zkvm))
$(if $(unknown),$(error zkvm=$(unknown): it is one or more of zisk, sp1, risc0, native))

paths := --cfg getrandom_backend="custom" --remap-path-prefix=$(CARGO_HOME)/registry/src=registry \
  --remap-path-prefix=$(CURDIR)=.
bare := -C linker=$(LINKER) -C linker-flavor=ld -C link-arg=--gc-sections -C passes=lower-atomic $(paths)
library := -Z build-std=core,alloc -Z build-std-features=compiler-builtins-mem

sp1_target := riscv64imac-unknown-none-elf
sp1_flags := -C target-feature=-c,-zca -C link-arg=-Tsp1.ld --cfg zkvm="sp1" $(bare)
sp1_build := $(library)
# RISC Zero's own target: 32 bits, one thread.
risc0_target := riscv32im-risc0-zkvm-elf
risc0_flags := -C link-arg=-melf32lriscv -C link-arg=-Trisc0.ld --cfg zkvm="risc0" $(bare)
risc0_build := $(library)
# A host brings its library.
native_target := $(shell $(RUSTC) -vV | sed -n 's/^host: //p')
native_flags := --cfg zkvm="native" $(paths)
native_build :=

program = $(if $(filter native,$(2)),out/native/$(1),out/$(2)/$(1).elf)
variable = CARGO_TARGET_$(shell echo $(1) | tr a-z- A-Z_)_RUSTFLAGS

# $(call compile_for,PACKAGE,VARIANT,PROGRAM,ZKVM); each has a directory of its own, as the flags differ.
define compile_for
	@mkdir -p out/$(4) target
	flock target/.turn-$(4) sh -c '$(call variable,$($(4)_target))='\''$($(4)_flags)'\'' \
	  $(CARGO) build --quiet --release --locked --jobs $(JOBS) --target $($(4)_target) --target-dir target/$(4) $($(4)_build) \
	  --package $(1) --features $(2) && \
	  { cmp -s target/$(4)/$($(4)_target)/release/$(1) $(call program,$(3),$(4)) || \
	    cp target/$(4)/$($(4)_target)/release/$(1) $(call program,$(3),$(4)); }'

endef
define newline


endef
for_each_zkvm = $(foreach name,$(zkvm),$(if $(filter zisk,$(name)),$(call compile,$(1),$(2),$(3))$(newline),$(call compile_for,$(1),$(2),$(3),$(name))))
define zkvm_rules
$(1): ; $$(call for_each_zkvm,$(1),$$$$(cat $(1)/variant),$(1))
$(foreach variant,software precompile,
$(1)-$(variant): ; $$(call for_each_zkvm,$(1),$(variant),$(1)-$(variant))
)
endef
ifneq ($(or $(zkvm),zisk),zisk)
$(foreach guest,$(GUESTS),$(eval $(call zkvm_rules,$(guest))))
endif

# Pinned programs: `make pinned-sp1-GUEST-VARIANT` unpacks elf/sp1/GUEST-VARIANT.elf.gz to out/pinned/sp1,
# `make pin-sp1-GUEST-VARIANT` stores one anew; risc0 likewise.
define pin_rules
pinned-$(1)-%: out/pinned/$(1)/%.elf ;
out/pinned/$(1)/%.elf: elf/$(1)/%.elf.gz
	@mkdir -p $$(@D)
	gzip -dc $$< > $$@.new && mv $$@.new $$@
pin-$(1)-%:
	$$(MAKE) $$* zkvm=$(1)
	@mkdir -p elf/$(1)
	$(STRIP) --strip-debug -o out/$(1)/$$*.stripped out/$(1)/$$*.elf
	gzip -9nc out/$(1)/$$*.stripped > elf/$(1)/$$*.elf.gz
	rm out/$(1)/$$*.stripped
endef
$(foreach name,sp1 risc0,$(eval $(call pin_rules,$(name))))
.PRECIOUS: out/pinned/sp1/%.elf out/pinned/risc0/%.elf
