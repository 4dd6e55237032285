<?xml version="1.0" encoding="UTF-8"?>
<!--
  The POM of genai-streams-embedded, made of pom.xml: the library with what EmbeddedGenAi needs besides, that is all that bin/genai
  needs but its command line and its logging backend.
-->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
                xmlns:m="http://maven.apache.org/POM/4.0.0" xmlns="http://maven.apache.org/POM/4.0.0"
                exclude-result-prefixes="m">
  <xsl:strip-space elements="*"/>
  <xsl:output indent="yes"/>

  <xsl:template match="@*|node()">
    <xsl:copy>
      <xsl:apply-templates select="@*|node()"/>
    </xsl:copy>
  </xsl:template>

  <xsl:template match="/m:project/m:artifactId|/m:project/m:name">
    <xsl:copy>genai-streams-embedded</xsl:copy>
  </xsl:template>

  <xsl:template match="/m:project/m:packaging">
    <packaging>pom</packaging>
  </xsl:template>

  <xsl:template match="/m:project/m:dependencies">
    <xsl:copy>
      <dependency>
        <groupId><xsl:value-of select="/m:project/m:groupId"/></groupId>
        <artifactId>genai-streams</artifactId>
        <version><xsl:value-of select="/m:project/m:version"/></version>
      </dependency>
      <xsl:apply-templates/>
    </xsl:copy>
  </xsl:template>

  <xsl:template match="comment()|m:optional|/m:project/m:build|/m:project/m:profiles"/>
  <xsl:template match="/m:project/m:dependencies/m:dependency[m:scope='test']"/>
  <xsl:template match="/m:project/m:dependencies/m:dependency[m:artifactId='picocli']"/>
  <xsl:template match="/m:project/m:dependencies/m:dependency[m:artifactId='logback-classic']"/>
  <xsl:template match="/m:project/m:dependencies/m:dependency[m:artifactId='jackson-dataformat-csv']"/>
</xsl:stylesheet>
