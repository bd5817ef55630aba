/**
 * Edits of files that people wrote: what is not changed stays as it was typed, comments, blank lines and order included.
 * Every change is checked before it is written, kept, and can be taken back.
 */
@NullMarked
package dev.fenliu.edit;

import org.jspecify.annotations.NullMarked;
