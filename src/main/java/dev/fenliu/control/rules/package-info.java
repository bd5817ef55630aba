/**
 * What the API tells of rules, lists and the files that hold them, and how it changes these: each change goes through
 * {@link dev.fenliu.edit.Editor}.
 */
@NullMarked
package dev.fenliu.control.rules;

import org.jspecify.annotations.NullMarked;
