const { NESTBOX_SEED: seed } = process.env;

/** Repeats a failure of fast-check, which prints its seed. */
if (seed !== undefined) require("fast-check").configureGlobal({ seed: Number(seed) });
