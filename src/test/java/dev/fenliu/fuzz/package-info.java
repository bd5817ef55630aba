/** What the fuzz tests share. Each of them lies beside the parser that it is for. */
package dev.fenliu.fuzz;
