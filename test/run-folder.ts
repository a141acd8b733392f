/** The folder of the run, which test/run-folder.cjs makes and removes. */
export const RUN_FOLDER = process.env.NESTBOX_TEST_RUN ?? "";
